// What this process did: totals since it started, and for its row since it joined how tasks ended, how fast, and how long
// they waited and ran lately.
import type { ProcessCounters } from '../db/beat.ts'
import type { Totals } from '../task/events.ts'
import type { Settlement } from '../task/settlement.ts'
import { FINISHED, type Status } from '../task/status.ts'
import type { Claim } from '../task/task.ts'
import { noTotals, totalOf } from '../task/totals.ts'
import { KindCounts } from './kind-counts.ts'
import { RecentTimes } from './recent-times.ts'
import { Ring } from './ring.ts'

export class Tally {
  readonly totals: Totals = noTotals()
  #row = freshRow()

  /** A settlement is committed, and left its task in `status`. */
  written(claim: Claim, settlement: Settlement, status: Status, nowMs: number): void {
    this.totals[totalOf(settlement, status)] += 1
    if (isFinished(status)) this.#row.kinds.add(claim, status)
    if (settlement.verb === 'release') return
    this.#row.settled.add(nowMs)
    if (settlement.verb === 'retry' || settlement.verb === 'fail') this.#row.failed.add(nowMs)
  }

  waited(durationMs: number, nowMs: number): void {
    this.#row.waits.add(durationMs, nowMs)
  }

  ran(durationMs: number, nowMs: number): void {
    this.#row.runs.add(durationMs, nowMs)
  }

  /** What a beat tells. `held` is what is in hand; `atUs` is now by the clock of the database. */
  counters(nowMs: number, atUs: number, held: readonly Pick<Claim, 'queue' | 'kind'>[]): ProcessCounters {
    const { kinds, settled, failed, waits, runs } = this.#row
    return {
      totals: { ...this.totals },
      kinds: kinds.toJson(held),
      at_us: Math.round(atUs),
      settled: settled.steps(nowMs),
      failed: failed.steps(nowMs),
      wait_ms: waits.histogram(nowMs),
      run_ms: runs.histogram(nowMs),
    }
  }

  /** The process goes on under a new row: what the old one tells must not be told twice. */
  startOver(): void {
    this.#row = freshRow()
  }
}

function freshRow() {
  return {
    kinds: new KindCounts(),
    ...{ settled: new Ring(), failed: new Ring() },
    ...{ waits: new RecentTimes(), runs: new RecentTimes() },
  }
}

function isFinished(status: Status): status is 'done' | 'error' | 'cancelled' {
  return FINISHED.includes(status)
}
