// A run over time: throughput, backlog and latency in equal intervals.
import type { Moment } from './document.ts'
import type { Ledger } from './ledger.ts'
import { nearestRank, thousandths } from './percentiles.ts'

const INTERVALS_MAX = 60
const SHORTEST_MS = 100

interface Bounds {
  readonly fromMs: number
  readonly untilMs: number
}

/**
 * Of what engines did: at most 60 equal intervals of at least 100 ms, from `fromMs` to `untilMs`; none where no time
 * passed. What was enqueued before `goMs` has no latency worth telling; its run has.
 */
export function timeline(ledger: Ledger, { goMs, ...bounds }: Bounds & { goMs: number }): Moment[] {
  const intervals = cut(bounds)
  for (const { enqueuedMs, startedMs, doneMs } of ledger.entries()) {
    const arrival = intervals.at(Number.isNaN(enqueuedMs) ? bounds.fromMs : enqueuedMs)
    if (arrival) arrival.backlog += 1
    const end = Number.isNaN(doneMs) ? undefined : intervals.at(doneMs)
    if (end === undefined) continue
    end.backlog -= 1
    end.tasks += 1
    end.latenciesMs.push(Math.max(0, doneMs - (enqueuedMs < goMs ? startedMs : enqueuedMs)))
  }
  return intervals.told()
}

/** One statement that put tasks in. */
export interface Insert {
  readonly tasks: number
  /** When it was answered. */
  readonly answeredMs: number
  /** null: not known. */
  readonly tookMs: number | null
}

/** Of tasks that nobody runs: how fast they were put in, and how long each statement took. */
export function timelineOfInserts(inserts: readonly Insert[], bounds: Bounds): Moment[] {
  const intervals = cut(bounds)
  for (const { tasks, answeredMs, tookMs } of inserts) {
    const interval = intervals.at(answeredMs)
    if (interval === undefined) continue
    interval.backlog += tasks
    interval.tasks += tasks
    if (tookMs !== null) interval.latenciesMs.push(tookMs)
  }
  return intervals.told()
}

interface Interval {
  tasks: number
  /** By how much it grew. */
  backlog: number
  latenciesMs: number[]
}

function cut({ fromMs, untilMs }: Bounds): { at(ms: number): Interval | undefined; told(): Moment[] } {
  const lengthMs = untilMs > fromMs ? untilMs - fromMs : 0
  const widthMs = Math.max(SHORTEST_MS, lengthMs / INTERVALS_MAX)
  const intervals = Array.from(
    { length: Math.min(INTERVALS_MAX, Math.ceil(lengthMs / widthMs)) },
    (): Interval => ({ tasks: 0, backlog: 0, latenciesMs: [] }),
  )
  const last = intervals.length - 1
  let backlog = 0
  return {
    at: (ms) => intervals[Math.min(last, Math.max(0, Math.floor((ms - fromMs) / widthMs)))],
    told: () =>
      intervals.map((interval, index) => {
        backlog += interval.backlog
        const endMs = Math.min(lengthMs, (index + 1) * widthMs)
        return moment(interval, { fromMs: index * widthMs, untilMs: endMs, backlog })
      }),
  }
}

function moment(
  { tasks, latenciesMs }: Interval,
  { fromMs, untilMs, backlog }: Bounds & { backlog: number },
): Moment {
  const seconds = (untilMs - fromMs) / 1000
  const sorted = latenciesMs.sort((a, b) => a - b)
  const at = (percent: number) => (sorted.length === 0 ? null : thousandths(nearestRank(sorted, percent)))
  return {
    at_seconds: thousandths(untilMs / 1000),
    tasks_per_second: Math.round((tasks / Math.max(seconds, 0.001)) * 10) / 10,
    backlog: Math.max(0, backlog),
    p50_ms: at(50),
    p99_ms: at(99),
  }
}
