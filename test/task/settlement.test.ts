// The retry policy: what any outcome makes of any claim.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_BACKOFF } from '../../src/task/backoff.ts'
import type { Outcome } from '../../src/task/outcome.ts'
import { decide, type Settlement } from '../../src/task/settlement.ts'
import type { Claim } from '../../src/task/task.ts'

/** From now; PostgreSQL's timestamps end with the year 294276. */
const LAST_TIMESTAMP_MS = 9e15

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const claim = fc
  .record({
    maxAttempts: fc.integer({ min: 1, max: 1000 }),
    part: random,
    crashes: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ maxAttempts, part, crashes }) =>
    claimWith(1 + Math.floor(part * maxAttempts), maxAttempts, crashes),
  )
const failed = fc.record({
  type: fc.constant('failed'),
  error: fc.string({ minLength: 1 }),
  permanent: fc.boolean(),
})
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  failed,
  fc.record({ type: fc.constant('done'), result: fc.option(fc.json()) }),
  fc.record({ type: fc.constant('snoozed'), delayMs: fc.double() }),
  fc.record({ type: fc.constant('cancelled'), reason: fc.string() }),
  fc.constant({ type: 'interrupted' }),
)

describe('a failure', () => {
  it('is retried while attempts are left, after the delay of that attempt', () => {
    const error = { type: 'failed', error: 'no route', permanent: false } as const
    expect(decide(claimWith(1, 3), error, DEFAULT_BACKOFF, 0)).toEqual({
      verb: 'retry',
      delayMs: 1000,
      error: 'no route',
    })
    expect(decide(claimWith(2, 3), error, DEFAULT_BACKOFF, 0)).toEqual({
      verb: 'retry',
      delayMs: 2000,
      error: 'no route',
    })
    expect(decide(claimWith(3, 3), error, DEFAULT_BACKOFF, 0)).toEqual({ verb: 'fail', error: 'no route' })
  })

  it('waits from the first delay that the task names, where it names one', () => {
    const error = { type: 'failed', error: 'no route', permanent: false } as const
    const named = { ...claimWith(2, 3), backoffMs: 10 }
    expect(decide(named, error, DEFAULT_BACKOFF, 0)).toEqual({
      verb: 'retry',
      delayMs: 20,
      error: 'no route',
    })
  })

  it('is final on the last attempt or when it is permanent, and only then', () => {
    fc.assert(
      fc.property(claim, failed, random, (held, failure, r) => {
        const isFinal = failure.permanent || held.attempt === held.maxAttempts
        expect(decide(held, failure, DEFAULT_BACKOFF, r).verb).toBe(isFinal ? 'fail' : 'retry')
      }),
    )
  })

  it('keeps its error text, whether it is retried or final', () => {
    fc.assert(
      fc.property(claim, failed, random, (held, failure, r) => {
        expect(decide(held, failure, DEFAULT_BACKOFF, r)).toHaveProperty('error', failure.error)
      }),
    )
  })
})

it('never costs an attempt that was interrupted, however many there were', () => {
  fc.assert(
    fc.property(claim, random, (held, r) => {
      expect(decide(held, { type: 'interrupted' }, DEFAULT_BACKOFF, r)).toEqual({ verb: 'release' })
    }),
  )
})

it('completes what was done with its result, on any attempt', () => {
  fc.assert(
    fc.property(claim, fc.option(fc.json()), random, (held, result, r) => {
      expect(decide(held, { type: 'done', result }, DEFAULT_BACKOFF, r)).toEqual({ verb: 'complete', result })
    }),
  )
})

it('cancels with the reason that was given', () => {
  const cancelled = decide(claimWith(1, 3), { type: 'cancelled', reason: 'told to' }, DEFAULT_BACKOFF, 0)
  expect(cancelled).toEqual({ verb: 'cancel', reason: 'told to' })
})

it('makes exactly one verb of every outcome', () => {
  const verbs: Record<Outcome['type'], Settlement['verb'][]> = {
    done: ['complete'],
    failed: ['retry', 'fail'],
    snoozed: ['snooze'],
    cancelled: ['cancel'],
    interrupted: ['release'],
  }
  fc.assert(
    fc.property(claim, outcome, random, (held, happened, r) => {
      expect(verbs[happened.type]).toContain(decide(held, happened, DEFAULT_BACKOFF, r).verb)
    }),
  )
})

it('never gives a delay that no timestamp can hold: one such row would fail its whole batch', () => {
  fc.assert(
    fc.property(claim, outcome, random, (held, happened, r) => {
      const settlement = decide(held, happened, DEFAULT_BACKOFF, r)
      const delayMs = 'delayMs' in settlement ? settlement.delayMs : 0
      // NaN is neither.
      expect(delayMs).toBeGreaterThanOrEqual(0)
      expect(delayMs).toBeLessThanOrEqual(LAST_TIMESTAMP_MS)
    }),
    {
      examples: [
        [claimWith(1, 3), { type: 'snoozed', delayMs: Number.NaN }, 0],
        [claimWith(1, 3), { type: 'snoozed', delayMs: Number.POSITIVE_INFINITY }, 0],
        [claimWith(1, 3), { type: 'snoozed', delayMs: 1e18 }, 0],
      ],
    },
  )
})

it('decides the same twice', () => {
  fc.assert(
    fc.property(claim, outcome, random, (held, happened, r) => {
      expect(decide(held, happened, DEFAULT_BACKOFF, r)).toEqual(decide(held, happened, DEFAULT_BACKOFF, r))
    }),
  )
})

function claimWith(attempt: number, maxAttempts: number, crashes = 0): Claim {
  return {
    id: 1,
    processId: 1,
    claimNumber: attempt + crashes,
    queue: 'default',
    kind: 'echo',
    payload: null,
    attempt,
    maxAttempts,
    crashes,
    timeoutMs: null,
    backoffMs: null,
    trace: null,
    waitedMs: 0,
    claimedAtS: null,
  }
}
