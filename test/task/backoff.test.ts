// Delays between attempts, for any backoff that a user could configure.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Backoff, backoffMs, DEFAULT_BACKOFF } from '../../src/task/backoff.ts'

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const attempt = fc.integer({ min: 1, max: 1000 })
const backoff: fc.Arbitrary<Backoff> = fc.record({
  baseMs: fc.integer({ min: 0, max: 3_600_000 }),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  capMs: fc.integer({ min: 0, max: 30 * 24 * 3_600_000 }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
})

it('waits 1, 2, 4, 8 seconds by default, and an hour from the 13th attempt on', () => {
  const delays = [1, 2, 3, 4, 12, 13, 1000].map((n) => backoffMs(DEFAULT_BACKOFF, n, 0))
  expect(delays).toEqual([1000, 2000, 4000, 8000, 2_048_000, 3_600_000, 3_600_000])
})

it('takes at most a quarter off by default', () => {
  expect(backoffMs(DEFAULT_BACKOFF, 1, 0.5)).toBe(875)
  expect(backoffMs(DEFAULT_BACKOFF, 1, 1 - Number.EPSILON)).toBe(750)
})

it('always gives whole milliseconds that are not negative and not above the cap', () => {
  fc.assert(
    fc.property(backoff, attempt, random, (policy, n, r) => {
      const delayMs = backoffMs(policy, n, r)
      expect(delayMs).toSatisfy(Number.isSafeInteger)
      expect(delayMs).toBeGreaterThanOrEqual(0)
      expect(delayMs).toBeLessThanOrEqual(policy.capMs)
    }),
    { examples: [[{ baseMs: 0, factor: 10, capMs: 1000, jitter: 0 }, 1000, 0]] },
  )
})

it('is never shorter than the delay without jitter by more than the share of the jitter', () => {
  fc.assert(
    fc.property(backoff, attempt, random, (policy, n, r) => {
      const full = backoffMs({ ...policy, jitter: 0 }, n, r)
      const delayMs = backoffMs(policy, n, r)
      expect(delayMs).toBeLessThanOrEqual(full)
      // Both were rounded, by half a millisecond at most each.
      expect(delayMs).toBeGreaterThanOrEqual(full * (1 - policy.jitter) - 1)
    }),
  )
})

it('never gets shorter from one attempt to the next when there is no jitter', () => {
  fc.assert(
    fc.property(backoff, fc.integer({ min: 1, max: 999 }), random, (policy, n, r) => {
      const steady = { ...policy, jitter: 0 }
      expect(backoffMs(steady, n + 1, r)).toBeGreaterThanOrEqual(backoffMs(steady, n, r))
    }),
  )
})

it('spreads what failed together: another random number gives another delay', () => {
  const delays = new Set([0, 0.2, 0.4, 0.6, 0.8].map((r) => backoffMs(DEFAULT_BACKOFF, 5, r)))
  expect(delays.size).toBe(5)
})
