// What took how long lately: what is older than a quarter of an hour is forgotten, what is younger than half of it is not.
import { expect, it } from 'vitest'
import { RecentTimes } from '../../src/engine/recent-times.ts'

const MINUTE_MS = 60_000
const total = (times: RecentTimes, nowMs: number) =>
  Object.values(times.histogram(nowMs)).reduce((sum, n) => sum + n, 0)

it('forgets what is older than a quarter of an hour, and nothing that is younger than half of it', () => {
  const times = new RecentTimes()
  times.add(10, 0)
  times.add(10, 7 * MINUTE_MS)
  expect(total(times, 7 * MINUTE_MS)).toBe(2)
  times.add(10, 8 * MINUTE_MS)
  expect(total(times, 14 * MINUTE_MS)).toBe(3)
  expect(total(times, 16 * MINUTE_MS)).toBe(1)
  expect(total(times, 60 * MINUTE_MS)).toBe(0)
})

it('forgets all of it after a long pause, though nothing was added meanwhile', () => {
  const times = new RecentTimes()
  times.add(10, MINUTE_MS)
  times.add(10, 30 * MINUTE_MS)
  expect(total(times, 30 * MINUTE_MS)).toBe(1)
})
