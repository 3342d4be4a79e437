// What is expensive is read seldom, one at a time, and never waited for long.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keepFresh } from '../../../src/telemetry/metrics/fresh.ts'
import { deferred } from '../../engine/fixtures.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const LIMITS = { maxAgeMs: 5_000, waitMs: 2_000 }

it('reads once for all who ask within its age, and again after it', async () => {
  let reads = 0
  const ask = keepFresh(async () => ++reads, LIMITS)
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1])
  await vi.advanceTimersByTimeAsync(4_900)
  expect(await ask()).toBe(1)
  await vi.advanceTimersByTimeAsync(200)
  expect(await ask()).toBe(2)
})

it('gives nothing where it takes too long, and does not begin another read meanwhile', async () => {
  let reads = 0
  const answer = deferred<string>()
  const ask = keepFresh(() => {
    reads += 1
    return answer.promise
  }, LIMITS)
  const late = ask()
  await vi.advanceTimersByTimeAsync(2_000)
  expect(await late).toBeUndefined()
  const later = ask()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await later).toBeUndefined()
  expect(reads).toBe(1)
  answer.resolve('at last')
  await vi.advanceTimersByTimeAsync(0)
  expect(await ask()).toBe('at last')
})

it('gives nothing where it fails, and does not try again at once', async () => {
  let reads = 0
  const ask = keepFresh(() => Promise.reject(new Error(`read ${++reads}`)), LIMITS)
  expect(await ask()).toBeUndefined()
  expect(await ask()).toBeUndefined()
  expect(reads).toBe(1)
  await vi.advanceTimersByTimeAsync(5_001)
  expect(await ask()).toBeUndefined()
  expect(reads).toBe(2)
})
