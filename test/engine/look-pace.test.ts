import { expect, it } from 'vitest'
import { LookPace } from '../../src/engine/look-pace.ts'

function lookedFrom(beganMs: number, endedMs: number): LookPace {
  const pace = new LookPace()
  pace.looked(beganMs, endedMs)
  return pace
}

it('is old from the start', () => {
  expect(new LookPace().isOlderThan(500, 0)).toBe(true)
  const pace = lookedFrom(0, 0)
  expect([pace.isOlderThan(500, 499), pace.isOlderThan(500, 500)]).toEqual([false, true])
})

it('looks for a twentieth of the time, where that takes long', () => {
  const pace = lookedFrom(0, 100)
  expect([pace.isOlderThan(50, 2_099), pace.isOlderThan(50, 2_100)]).toEqual([false, true])
  expect([pace.restMs(100), pace.restMs(2_099), pace.restMs(2_100)]).toEqual([2_000, 1, 0])
})

it('has who is idle look every five seconds, however long that takes', () => {
  const pace = lookedFrom(3_000, 33_000)
  expect([pace.restMs(33_000), pace.restMs(37_999), pace.restMs(38_000)]).toEqual([5_000, 1, 0])
  expect(pace.isOlderThan(50, 38_000)).toBe(false)
})

it('tells a look that is worth waiting for, and one that may follow each hint', () => {
  const looks = [4, 6, 19, 20].map((tookMs) => lookedFrom(0, tookMs))
  expect(looks.map(({ wasQuick, wasCheap }) => [wasQuick, wasCheap])).toEqual([
    [true, true],
    [true, false],
    [true, false],
    [false, false],
  ])
})
