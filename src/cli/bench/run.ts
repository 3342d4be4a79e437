// From the ledger of a run to what is reported of it: throughput, percentiles, cost per task, and what went wrong.
import type { Latency, Run } from './document.ts'
import type { Ledger } from './ledger.ts'
import { distribution, thousandths } from './percentiles.ts'
import { timeline } from './timeline.ts'

/** What a run cost. */
export interface Cost {
  readonly walBytes: number
  readonly commits: number
  readonly buffers: number
  readonly deadRows: number
  readonly statements: number | null
  readonly clientCpuSeconds: number
  readonly serverCpuSeconds: number | null
  readonly peakRssBytes: number
}

export interface RunFacts {
  readonly name: string
  readonly engine: Run['engine']
  /** When the engines were told to begin. */
  readonly goMs: number
  /** How many rows are done, as the table says. */
  readonly doneRows: number
  /** These many of the tasks run twice. */
  readonly failOneIn: number
  /** Of the time in which tasks arrived, its first part: what arrived in it is in no latency but those of claims. */
  readonly warmUpShare: number
  readonly refused: number
  readonly claimsMs: readonly number[]
  readonly cost: Cost
}

/** What a run was, from the first start to the last outcome: times in ms and in seconds, to three decimals. */
export function runOf(
  ledger: Ledger,
  { name, engine, goMs, doneRows, failOneIn, warmUpShare, refused, claimsMs, cost }: RunFacts,
): Run {
  const { firstEnqueuedMs, lastEnqueuedMs, firstStartMs, lastDoneMs } = ledger.bounds
  const seconds = Math.max(0, lastDoneMs - firstStartMs) / 1000
  const tasks = ledger.expected
  const warmMs = firstEnqueuedMs + (lastEnqueuedMs - firstEnqueuedMs) * warmUpShare
  const isWarm = ({ enqueuedMs }: Entry) => !(enqueuedMs < warmMs)
  // A backlog waits for the engines to start: its waiting tells nothing of them.
  const isWaitedFor = (each: Entry) => each.enqueuedMs >= goMs && isWarm(each)
  const latencies = {
    enqueue_to_start: times(ledger, (each) => isWaitedFor(each) && each.startedMs - each.enqueuedMs),
    enqueue_to_finish: times(ledger, (each) => isWaitedFor(each) && each.doneMs - each.enqueuedMs),
    start_to_finish: times(ledger, (each) => isWarm(each) && each.doneMs - each.startedMs),
    claim: distribution(Float64Array.from(claimsMs)),
  }
  return {
    name,
    engine,
    tasks,
    seconds: thousandths(seconds),
    tasks_per_second: perSecond(ledger.finished, seconds),
    startup_ms: Number.isFinite(firstStartMs) ? thousandths(Math.max(0, firstStartMs - goMs)) : null,
    latency_ms: present(latencies),
    ...costs(cost, tasks),
    lost: Math.max(tasks - ledger.finished, tasks - doneRows),
    duplicated: duplicated(ledger, failOneIn),
    refused,
    timeline: timeline(ledger, { fromMs: firstStartMs, goMs, untilMs: lastDoneMs }),
    remarks: [],
  }
}

/** What was spent, for each task where that is what one compares. */
export function costs(
  cost: Cost,
  tasks: number,
): Pick<Run, 'per_task' | 'dead_rows' | 'cpu_seconds' | 'client_peak_rss_bytes'> {
  const share = (value: number) => thousandths(value / Math.max(1, tasks))
  return {
    per_task: {
      wal_bytes: share(cost.walBytes),
      commits: share(cost.commits),
      statements: cost.statements === null ? null : share(cost.statements),
      buffers: share(cost.buffers),
    },
    dead_rows: cost.deadRows,
    cpu_seconds: {
      clients: thousandths(cost.clientCpuSeconds),
      server: cost.serverCpuSeconds === null ? null : thousandths(cost.serverCpuSeconds),
    },
    client_peak_rss_bytes: cost.peakRssBytes,
  }
}

/** To a tenth; 0 where it took no time. */
export function perSecond(tasks: number, seconds: number): number {
  return seconds > 0 ? Math.round((tasks / seconds) * 10) / 10 : 0
}

type Entry = ReturnType<Ledger['entries']> extends Generator<infer Each> ? Each : never

/** Of the tasks for which `of` gives a number. */
function times(ledger: Ledger, of: (entry: Entry) => number | false): Latency | null {
  const values = new Float64Array(ledger.ids.length)
  let used = 0
  for (const entry of ledger.entries()) {
    const value = of(entry)
    if (value === false || Number.isNaN(value)) continue
    values[used] = Math.max(0, value)
    used += 1
  }
  return distribution(values.subarray(0, used))
}

function present(latencies: Record<string, Latency | null>): Record<string, Latency> {
  return Object.fromEntries(
    Object.entries(latencies).flatMap(([name, latency]) => (latency === null ? [] : [[name, latency]])),
  )
}

/** Tasks with more than one accepted completion, or more runs than were asked for. */
function duplicated(ledger: Ledger, failOneIn: number): number {
  let found = 0
  for (const { id, runs, completions } of ledger.entries()) {
    const asked = failOneIn > 0 && id % failOneIn === 0 ? 2 : 1
    if (completions > 1 || runs > asked) found += 1
  }
  return found
}
