// Metrics of work: claims, runs and settlements, of the engine in this process and of remote workers that ask it. They are
// counted in plain numbers as their events come.
import type { Events, Totals } from '../../task/events.ts'
import { noTotals } from '../../task/totals.ts'
import { Buckets } from './buckets.ts'
import type { Metrics } from './registry.ts'
import { RunMetrics } from './runs.ts'

export class WorkMetrics {
  #claims = 0
  #strays = 0
  readonly #claimed = new Buckets()
  readonly #waited = new Buckets()
  readonly #settled = new Buckets()
  readonly #runs = new RunMetrics()
  /** Of remote workers: an engine counts its own. */
  readonly #remote: Totals = noTotals()

  readonly listeners = {
    'claim.taken': ({ tookMs }: Events['claim.taken']) => this.#claim(tookMs),
    'run.started': ({ waitedMs }: Events['run.started']) => this.#waited.add(waitedMs),
    'run.finished': ({ claim, outcome, tookMs }: Events['run.finished']) =>
      this.#runs.add(claim.kind, outcome.type, tookMs),
    'settle.batch': ({ tookMs }: Events['settle.batch']) => this.#settled.add(tookMs),
    'strays.released': ({ ids }: Events['strays.released']) => {
      this.#strays += ids.length
    },
    'remote.claimed': ({ waitedMs, tookMs }: Events['remote.claimed']) => {
      this.#claim(tookMs)
      this.#remote.claimed += waitedMs.length
      for (const each of waitedMs) this.#waited.add(each)
    },
    'remote.settled': ({ runs, tookMs }: Events['remote.settled']) => {
      this.#settled.add(tookMs)
      for (const { kind, outcome, total, ranMs } of runs) {
        this.#remote[total] += 1
        if (ranMs !== null) this.#runs.add(kind, outcome, ranMs)
      }
    },
    'remote.refused': ({ tookMs }: Events['remote.refused']) => {
      this.#settled.add(tookMs)
      this.#remote.lost += 1
    },
  }

  #claim(tookMs: number): void {
    this.#claims += 1
    this.#claimed.add(tookMs)
  }

  /** `engine` are the totals of the engine in this process, where there is one. */
  register(metrics: Metrics, engine: () => Totals | undefined): void {
    const totals = () => sum(this.#remote, engine() ?? noTotals())
    this.#registerTotals(metrics, totals)
    this.#registerDurations(metrics)
  }

  #registerTotals(metrics: Metrics, totals: () => Totals): void {
    metrics.counter({ name: 'taskproc_claims_total', help: 'Claims that gave tasks.' }, (say) =>
      say(this.#claims),
    )
    metrics.counter({ name: 'taskproc_claimed_tasks_total', help: 'Tasks claimed.' }, (say) =>
      say(totals().claimed),
    )
    metrics.counter(
      {
        name: 'taskproc_settlements_total',
        help: 'Outcomes written, by what became of the task.',
        labels: ['outcome'],
      },
      (say) => {
        const { claimed: _, lost: __, ...written } = totals()
        for (const [outcome, value] of Object.entries(written)) say(value, { outcome })
      },
    )
    metrics.counter(
      {
        name: 'taskproc_lost_claims_total',
        help: 'Outcomes refused by the fence: the claim was not held any more.',
      },
      (say) => say(totals().lost),
    )
    metrics.counter(
      { name: 'taskproc_stray_claims_total', help: 'Claims given back whose answer never came.' },
      (say) => say(this.#strays),
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

function sum(some: Totals, others: Totals): Totals {
  const total = { ...some }
  for (const name of Object.keys(total) as (keyof Totals)[]) total[name] += others[name]
  return total
}
