// How often the lanes are looked at: a look may be dear, where ten thousand of them are there, or where a million dead
// entries lie in front of one because somebody holds an old snapshot.

/** Looks take no more than this share of the time. */
const SHARE = 0.05
/** But who is idle looks this often at least: one look may have waited for a lock, and the next one is quick again. */
const REST_LIMIT_MS = 5_000
const QUICK_MS = 20
/** It may follow each hint and each task: five a second, with the polls behind them, would be more than a twentieth of the time. */
const CHEAP_MS = 5

export class LookPace {
  #endedMs = Number.NEGATIVE_INFINITY
  #tookMs = 0

  /** A look has ended; both are monotonic. */
  looked(beganMs: number, endedMs: number): void {
    this.#tookMs = endedMs - beganMs
    this.#endedMs = endedMs
  }

  /** When the last look ended; monotonic. */
  get lookedMs(): number {
    return this.#endedMs
  }

  /** Whether the last look is older than `ms`, and the next one may be made. */
  isOlderThan(ms: number, nowMs: number): boolean {
    return nowMs - this.#endedMs >= Math.max(ms, this.#tookMs / SHARE)
  }

  /** How long an idle process must not look yet. */
  restMs(nowMs: number): number {
    return Math.max(0, this.#endedMs + Math.min(REST_LIMIT_MS, this.#tookMs / SHARE) - nowMs)
  }

  /** Whether the last look took so little time that it is worth waiting for one. */
  get wasQuick(): boolean {
    return this.#tookMs < QUICK_MS
  }

  /** Whether it took so little that looks may be made again and again, also for nothing. */
  get wasCheap(): boolean {
    return this.#tookMs < CHEAP_MS
  }
}
