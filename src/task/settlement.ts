// The retry policy, as one pure function: what is written to the row after a run.
import { type Backoff, backoffMs } from './backoff.ts'
import { LIMITS } from './limits.ts'
import type { Outcome } from './outcome.ts'
import type { Claim } from './task.ts'

export type Settlement =
  /** `result` is JSON text and nothing else: the store puts it into JSON of its own as it is. */
  | { readonly verb: 'complete'; readonly result: string | null }
  /** Failed with attempts left: pending again after `delayMs`. */
  | { readonly verb: 'retry'; readonly delayMs: number; readonly error: string }
  /** Failed for the last time: error. */
  | { readonly verb: 'fail'; readonly error: string }
  | { readonly verb: 'snooze'; readonly delayMs: number }
  | { readonly verb: 'release' }
  | { readonly verb: 'cancel'; readonly reason: string }

/** One outcome on its way to its row. */
export interface Settling {
  readonly claim: Claim
  readonly settlement: Settlement
  /** How long the run took; null where it never began. */
  readonly tookMs: number | null
  /** When it ended, by the clock of the database, in seconds since 1970; left out: as it is written. */
  readonly endedAtS?: number | null
}

/**
 * What becomes of a claim after its outcome. `backoff` is the kind's; a first delay that the task names wins. Delays are relative: the database adds them to its own clock.
 * `random` is in [0, 1) and feeds the jitter.
 */
export function decide(claim: Claim, outcome: Outcome, backoff: Backoff, random: number): Settlement {
  switch (outcome.type) {
    case 'done':
      return { verb: 'complete', result: outcome.result }
    case 'snoozed':
      return { verb: 'snooze', delayMs: bounded(outcome.delayMs) }
    case 'interrupted':
      return { verb: 'release' }
    case 'cancelled':
      return { verb: 'cancel', reason: outcome.reason }
    case 'failed': {
      const isLast = outcome.permanent || claim.attempt >= claim.maxAttempts
      if (isLast) return { verb: 'fail', error: outcome.error }
      const chosen = claim.backoffMs === null ? backoff : { ...backoff, baseMs: claim.backoffMs }
      return {
        verb: 'retry',
        delayMs: bounded(backoffMs(chosen, claim.attempt, random)),
        error: outcome.error,
      }
    }
  }
}

/** A delay that a timestamp can hold. A handler's snooze may be anything; NaN is no delay. */
function bounded(delayMs: number): number {
  return Number.isNaN(delayMs) ? 0 : Math.min(LIMITS.delayMs, Math.max(0, delayMs))
}
