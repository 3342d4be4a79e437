// Metrics of runs by kind: how long they took and how they ended. A bounded number of kinds, whatever comes.
import type { Outcome } from '../../task/outcome.ts'
import { Buckets } from './buckets.ts'
import type { Metrics } from './registry.ts'

/** Kinds that have series of their own: the first so many that ran here. */
const MOST_KINDS = 100
/** What all other kinds are counted under. */
const OTHER = 'other'

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

export class RunMetrics {
  readonly #kinds = new Map<string, Runs>()

  add(kind: string, outcome: Outcome['type'], tookMs: number): void {
    const runs = this.#kinds.get(kind) ?? this.#runsOf(kind)
    runs.durations.add(tookMs)
    runs.outcomes[outcome] += 1
  }

  register(metrics: Metrics): void {
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
  }

  #runsOf(kind: string): Runs {
    const name = this.#kinds.size < MOST_KINDS ? kind : OTHER
    const runs = this.#kinds.get(name) ?? new Runs()
    this.#kinds.set(name, runs)
    return runs
  }
}
