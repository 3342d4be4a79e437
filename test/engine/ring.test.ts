// The ring: how many of something in each ten seconds of the last quarter of an hour, to the second.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Ring } from '../../src/engine/ring.ts'
import { inLastMinute, STEP_SECONDS, STEPS } from '../../src/task/steps.ts'

it('counts in steps that end with the second of the question', () => {
  const gap = fc.oneof(fc.nat(3_000), fc.nat(30_000), fc.nat(2_000_000))
  const events = fc.array(fc.record({ afterMs: gap, adds: fc.boolean() }))
  fc.assert(
    fc.property(fc.nat(10_000_000), events, (startMs, events) => {
      const ring = new Ring()
      const seconds: number[] = []
      let nowMs = startMs
      for (const { afterMs, adds } of events) {
        nowMs += afterMs
        const now = Math.floor(nowMs / 1000)
        if (adds) {
          ring.add(nowMs)
          seconds.push(now)
        }
        const expected = Array.from({ length: STEPS }, (_, step) => {
          const end = now - (STEPS - 1 - step) * STEP_SECONDS
          return seconds.filter((second) => second <= end && second > end - STEP_SECONDS).length
        })
        const steps = ring.steps(nowMs)
        expect([...new Array<number>(STEPS - steps.length).fill(0), ...steps]).toEqual(expected)
        expect(steps[0]).not.toBe(0)
        expect(inLastMinute(steps)).toBe(seconds.filter((second) => second > now - 60).length)
      }
    }),
  )
})
