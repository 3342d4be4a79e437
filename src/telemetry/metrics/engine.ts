// Metrics of an engine: what it does is counted in plain numbers as its events come, and what it is comes out of its status.
import type { Events, Totals } from '../../task/events.ts'
import { Buckets } from './buckets.ts'
import type { Metrics } from './registry.ts'
import { RunMetrics } from './runs.ts'

/** What the engine says of itself when it is asked. */
export interface EngineNumbers {
  readonly workers: number
  readonly waiting: number
  readonly running: readonly unknown[]
  readonly totals: Totals
  /** Since the last beat that counted was sent; null while it has no row. */
  readonly beatAgeMs: number | null
}

export class EngineMetrics {
  #claims = 0
  #strays = 0
  #fenced = 0
  readonly #claimed = new Buckets()
  readonly #waited = new Buckets()
  readonly #settled = new Buckets()
  readonly #runs = new RunMetrics()

  readonly listeners = {
    'claim.taken': ({ tookMs }: Events['claim.taken']) => {
      this.#claims += 1
      this.#claimed.add(tookMs)
    },
    'run.started': ({ waitedMs }: Events['run.started']) => this.#waited.add(waitedMs),
    'run.finished': (event: Events['run.finished']) => this.#runs.add(event),
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
    this.#runs.register(metrics)
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
