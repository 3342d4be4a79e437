// What this process did since it started: totals, the last minute, and how long tasks waited and ran.
import type { ProcessCounters } from '../db/processes.ts'
import type { Totals } from '../task/events.ts'
import { count, type Histogram } from '../task/histogram.ts'
import type { Settlement } from '../task/settlement.ts'
import { noTotals, TOTAL_OF } from '../task/totals.ts'

const WINDOW_SECONDS = 60

export class Tally {
  readonly totals: Totals = noTotals()
  readonly waitMs: Histogram = {}
  readonly runMs: Histogram = {}
  /** Settlements by second, in a ring; `#second` is the last one that was written to. */
  readonly #ring = new Array<number>(WINDOW_SECONDS).fill(0)
  #second = 0

  written(settlement: Settlement, nowMs: number): void {
    this.totals[TOTAL_OF[settlement.verb]] += 1
    if (settlement.verb === 'release') return
    this.#turnTo(nowMs)
    const slot = this.#second % WINDOW_SECONDS
    this.#ring[slot] = (this.#ring[slot] ?? 0) + 1
  }

  waited(durationMs: number): void {
    count(this.waitMs, durationMs)
  }

  ran(durationMs: number): void {
    count(this.runMs, durationMs)
  }

  /** Tasks that this process settled in the last 60 s. `nowMs` is monotonic. */
  settledLastMinute(nowMs: number): number {
    this.#turnTo(nowMs)
    return this.#ring.reduce((sum, n) => sum + n, 0)
  }

  /** What a beat tells. */
  counters(nowMs: number): ProcessCounters {
    const { totals, waitMs, runMs } = this
    return { totals, settled_last_minute: this.settledLastMinute(nowMs), wait_ms: waitMs, run_ms: runMs }
  }

  #turnTo(nowMs: number): void {
    const second = Math.floor(nowMs / 1000)
    const passed = Math.min(second - this.#second, WINDOW_SECONDS)
    for (let step = 1; step <= passed; step++) this.#ring[(second - passed + step) % WINDOW_SECONDS] = 0
    this.#second = second
  }
}
