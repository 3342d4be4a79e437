// A run over time: throughput, backlog and latency in equal intervals.
import type { Moment } from './document.ts'
import type { Ledger } from './ledger.ts'
import { nearestRank, thousandths } from './percentiles.ts'

const INTERVALS_MAX = 60
const SHORTEST_MS = 100

interface Bounds {
  readonly fromMs: number
  /** What was enqueued before has no latency worth telling; its run has. */
  readonly goMs: number
  readonly untilMs: number
}

/** At most 60 equal intervals of at least 100 ms, from `fromMs` to `untilMs`; none where no time passed. */
export function timeline(ledger: Ledger, { fromMs, goMs, untilMs }: Bounds): Moment[] {
  if (!(untilMs > fromMs)) return []
  const widthMs = Math.max(SHORTEST_MS, (untilMs - fromMs) / INTERVALS_MAX)
  const slots = Array.from({ length: Math.ceil((untilMs - fromMs) / widthMs) }, () => ({
    enqueued: 0,
    latenciesMs: [] as number[],
  }))
  const slotOf = (ms: number) =>
    slots[Math.min(slots.length - 1, Math.max(0, Math.floor((ms - fromMs) / widthMs)))]
  for (const { enqueuedMs, startedMs, doneMs } of ledger.entries()) {
    const arrival = slotOf(Number.isNaN(enqueuedMs) ? fromMs : enqueuedMs)
    if (arrival) arrival.enqueued += 1
    if (Number.isNaN(doneMs)) continue
    slotOf(doneMs)?.latenciesMs.push(Math.max(0, doneMs - (enqueuedMs < goMs ? startedMs : enqueuedMs)))
  }
  let backlog = 0
  return slots.map(({ enqueued, latenciesMs }, index) => {
    backlog += enqueued - latenciesMs.length
    const endMs = Math.min(untilMs, fromMs + (index + 1) * widthMs)
    const seconds = (endMs - fromMs - index * widthMs) / 1000
    const sorted = latenciesMs.sort((a, b) => a - b)
    const at = (percent: number) => (sorted.length === 0 ? null : thousandths(nearestRank(sorted, percent)))
    return {
      at_seconds: thousandths((endMs - fromMs) / 1000),
      tasks_per_second: Math.round((sorted.length / Math.max(seconds, 0.001)) * 10) / 10,
      backlog: Math.max(0, backlog),
      p50_ms: at(50),
      p99_ms: at(99),
    }
  })
}
