// Metrics of an engine: what it does is counted in plain numbers as its events come, and what it is comes out of its status.
import type { Events, Totals } from '../../task/events.ts'
import type { Outcome } from '../../task/outcome.ts'
import { Buckets } from './buckets.ts'
import type { Metrics } from './registry.ts'

/** Kinds that have series of their own: the first so many that ran here. */
const MOST_KINDS = 100
/** What all other kinds are counted under. */
const OTHER = 'other'

/** What the engine says of itself when it is asked. */
export interface EngineNumbers {
  readonly workers: number
  readonly waiting: number
  readonly running: readonly unknown[]
  readonly totals: Totals
  /** Since the last beat that counted was sent; null while it has no row. */
  readonly beatAgeMs: number | null
}

class Runs {
  readonly durations = new Buckets()
  readonly outcomes: Record<Outcome['type'], number> = {
    done: 0,
    failed: 0,
    snoozed: 0,
    cancelled: 0,
    interrupted: 0,
  }
}

export class EngineMetrics {
  #claims = 0
  #strays = 0
  #fenced = 0
  readonly #claimed = new Buckets()
  readonly #waited = new Buckets()
  readonly #settled = new Buckets()
  readonly #kinds = new Map<string, Runs>()

  readonly listeners = {
    'claim.taken': ({ tookMs }: Events['claim.taken']) => {
      this.#claims += 1
      this.#claimed.add(tookMs)
    },
    'run.started': ({ waitedMs }: Events['run.started']) => this.#waited.add(waitedMs),
    'run.finished': ({ claim, outcome, tookMs }: Events['run.finished']) => {
      const runs = this.#kinds.get(claim.kind) ?? this.#runsOf(claim.kind)
      runs.durations.add(tookMs)
      runs.outcomes[outcome.type] += 1
    },
    'settle.batch': ({ tookMs }: Events['settle.batch']) => this.#settled.add(tookMs),
    'strays.released': ({ ids }: Events['strays.released']) => {
      this.#strays += ids.length
    },
    'lease.fenced': () => {
      this.#fenced += 1
    },
  }

  register(metrics: Metrics, status: () => EngineNumbers): void {
    this.#registerTotals(metrics, status)
    this.#registerDurations(metrics)
    metrics.gauge({ name: 'taskproc_workers', help: 'Workers of this process.' }, (say) =>
      say(status().workers),
    )
    metrics.gauge({ name: 'taskproc_running_tasks', help: 'Tasks that workers run now.' }, (say) =>
      say(status().running.length),
    )
    metrics.gauge(
      { name: 'taskproc_channel_tasks', help: 'Tasks claimed that no worker has begun.' },
      (say) => say(status().waiting),
    )
    metrics.gauge(
      { name: 'taskproc_beat_age_seconds', help: 'Since the last beat that renewed the lease was sent.' },
      (say) => {
        const { beatAgeMs } = status()
        say(beatAgeMs === null ? Number.NaN : beatAgeMs / 1000)
      },
    )
  }

  #runsOf(kind: string): Runs {
    const name = this.#kinds.size < MOST_KINDS ? kind : OTHER
    const runs = this.#kinds.get(name) ?? new Runs()
    this.#kinds.set(name, runs)
    return runs
  }

  #registerTotals(metrics: Metrics, status: () => EngineNumbers): void {
    metrics.counter({ name: 'taskproc_claims_total', help: 'Claims that gave tasks.' }, (say) =>
      say(this.#claims),
    )
    metrics.counter({ name: 'taskproc_claimed_tasks_total', help: 'Tasks claimed.' }, (say) =>
      say(status().totals.claimed),
    )
    metrics.counter(
      {
        name: 'taskproc_settlements_total',
        help: 'Outcomes written, by what became of the task.',
        labels: ['outcome'],
      },
      (say) => {
        const { claimed: _, lost: __, ...written } = status().totals
        for (const [outcome, value] of Object.entries(written)) say(value, { outcome })
      },
    )
    metrics.counter(
      {
        name: 'taskproc_lost_claims_total',
        help: 'Outcomes refused by the fence: the claim was not held any more.',
      },
      (say) => say(status().totals.lost),
    )
    metrics.counter(
      { name: 'taskproc_stray_claims_total', help: 'Claims given back whose answer never came.' },
      (say) => say(this.#strays),
    )
    metrics.counter(
      {
        name: 'taskproc_lease_fences_total',
        help: 'Times that the lease could not be renewed and all work stopped.',
      },
      (say) => say(this.#fenced),
    )
  }

  #registerDurations(metrics: Metrics): void {
    metrics.histogram(
      { name: 'taskproc_wait_duration_seconds', help: 'From the time when a task was due to its start.' },
      () => [[this.#waited, {}]],
    )
    metrics.histogram({ name: 'taskproc_run_duration_seconds', help: 'Runs, by kind.' }, () =>
      [...this.#kinds].map(([kind, { durations }]) => [durations, { kind }] as const),
    )
    metrics.counter(
      { name: 'taskproc_runs_total', help: 'Runs that ended, by kind and how.', labels: ['kind', 'outcome'] },
      (say) => {
        for (const [kind, { outcomes }] of this.#kinds)
          for (const [outcome, value] of Object.entries(outcomes)) say(value, { kind, outcome })
      },
    )
    metrics.histogram(
      { name: 'taskproc_claim_duration_seconds', help: 'Claims that gave tasks, from question to answer.' },
      () => [[this.#claimed, {}]],
    )
    metrics.histogram(
      { name: 'taskproc_settle_duration_seconds', help: 'Batches of outcomes, from sending to the commit.' },
      () => [[this.#settled, {}]],
    )
  }
}
