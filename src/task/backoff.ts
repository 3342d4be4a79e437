// How long a failed task waits before its next attempt.

/** Exponential: `baseMs`, then `factor` times more for each further attempt, never above `capMs`. */
export interface Backoff {
  readonly baseMs: number
  readonly factor: number
  readonly capMs: number
  /** Share of the delay that is random, 0 to 1. Without any, what failed together comes back together. */
  readonly jitter: number
}

/** 1 s, 2 s, 4 s ... up to an hour, of which a quarter is random. */
export const DEFAULT_BACKOFF: Backoff = { baseMs: 1000, factor: 2, capMs: 3_600_000, jitter: 0.25 }

/**
 * The delay after the failed attempt number `attempt` (1 for the first), in whole milliseconds. `random` is in [0, 1).
 * Always within `[(1 - jitter) * delay, delay]`, so the cap is a cap with jitter too.
 */
export function backoffMs(backoff: Backoff, attempt: number, random: number): number {
  // 0 times a power that overflowed is NaN; without a base there is no delay.
  const growth = backoff.baseMs === 0 ? 0 : backoff.baseMs * backoff.factor ** (attempt - 1)
  const delay = Math.min(backoff.capMs, growth)
  return Math.round(delay * (1 - backoff.jitter * random))
}
