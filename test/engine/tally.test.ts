// The tally: totals by what was written, and a window of one minute.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Tally } from '../../src/engine/tally.ts'
import { percentiles } from '../../src/task/histogram.ts'
import type { Settlement } from '../../src/task/settlement.ts'

const COMPLETE: Settlement = { verb: 'complete', result: null }
const EACH: readonly Settlement[] = [
  COMPLETE,
  { verb: 'retry', delayMs: 1, error: 'refused' },
  { verb: 'fail', error: 'refused' },
  { verb: 'snooze', delayMs: 1 },
  { verb: 'release' },
  { verb: 'cancel', reason: 'no longer wanted' },
]

describe('tally', () => {
  it('counts each settlement under its own name', () => {
    const tally = new Tally()
    for (const [index, settlement] of EACH.entries()) {
      for (let time = 0; time <= index; time++) tally.written(settlement, 0)
    }
    expect(tally.totals).toEqual({
      claimed: 0,
      done: 1,
      retried: 2,
      failed: 3,
      snoozed: 4,
      released: 5,
      cancelled: 6,
      lost: 0,
    })
  })

  it('counts what was settled in the last sixty seconds, to the second', () => {
    const steps = fc.array(
      fc.record({ afterMs: fc.oneof(fc.nat(3_000), fc.nat(200_000)), settles: fc.boolean() }),
    )
    fc.assert(
      fc.property(fc.nat(10_000_000), steps, (startMs, steps) => {
        const tally = new Tally()
        const settledAt: number[] = []
        let nowMs = startMs
        for (const { afterMs, settles } of steps) {
          nowMs += afterMs
          if (settles) {
            tally.written(COMPLETE, nowMs)
            settledAt.push(Math.floor(nowMs / 1000))
          }
          const expected = settledAt.filter((second) => second > Math.floor(nowMs / 1000) - 60).length
          expect(tally.settledLastMinute(nowMs)).toBe(expected)
        }
      }),
    )
  })

  it('leaves what was given back out of the throughput', () => {
    const tally = new Tally()
    tally.written({ verb: 'release' }, 0)
    expect(tally.settledLastMinute(0)).toBe(0)
  })

  it('keeps how long tasks waited apart from how long they ran', () => {
    const tally = new Tally()
    tally.waited(10)
    tally.ran(1_000)
    tally.ran(1_000)
    expect(percentiles(tally.waitMs, [1])?.[0]).toBeCloseTo(10, -1)
    expect(Object.values(tally.runMs)).toEqual([2])
  })
})
