// Metrics of an engine: what it is comes out of its status. What it does is counted with what remote workers do (see work).
import type { Totals } from '../../task/events.ts'
import type { Metrics } from './registry.ts'

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
  #fenced = 0

  readonly listeners = {
    'lease.fenced': () => {
      this.#fenced += 1
    },
  }

  register(metrics: Metrics, status: () => EngineNumbers): void {
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
    metrics.counter(
      {
        name: 'taskproc_lease_fences_total',
        help: 'Times that the lease could not be renewed and all work stopped.',
      },
      (say) => say(this.#fenced),
    )
  }
}
