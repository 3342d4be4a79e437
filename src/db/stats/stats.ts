// The numbers of `taskproc stats`: counts, processes, throughput and latency.
import { type Counts, groupCounts, sumCounts } from '../../task/counts.ts'
import { type Histogram, merge, percentiles } from '../../task/histogram.ts'
import {
  type Counted,
  inLastMinute,
  STEP_SECONDS,
  STEPS,
  sumSteps,
  WINDOW_SECONDS,
} from '../../task/steps.ts'
import type { TaskId } from '../../task/task.ts'
import type { Db } from '../db.ts'
import {
  type Picture,
  type ProcessRow,
  readCounted,
  readExactly,
  readTableBytes,
  SMALL_TABLE_BYTES,
} from './picture.ts'

export interface Stats {
  /**
   * `counters`: what is finished or in progress is as of the last beats, and off by what plain SQL changed and by what a
   * process that was killed had settled since its last beat; of a large backlog `pending` is an estimate.
   */
  counted: 'exact' | 'counters'
  tasks: Counts
  queues: QueueStats[]
  kinds: (Counts & { kind: string })[]
  processes: ProcessStats[]
  /** Age of the oldest task that is due and not claimed; null where there is none. */
  oldest_pending_seconds: number | null
  throughput: Throughput
  /** Attempts that failed in the last minute, whether they are tried again or not. */
  failures_per_minute: number
  /** From due to started, in milliseconds, over the recent runs of the processes listed; null where nothing ran. */
  wait_ms: Percentiles | null
  run_ms: Percentiles | null
}

export interface QueueStats extends Counts {
  queue: string
  /** Nothing of it is claimed: it is paused by its own name, or every queue is. */
  paused: boolean
  oldest_pending_seconds: number | null
}

/** Tasks settled, summed over processes. */
interface Throughput {
  /** Mean of the last `window_seconds`. */
  per_second: number
  window_seconds: number
  step_seconds: number
  /** Settled per second in each step of the last 15 minutes, oldest first; always 90. */
  history: number[]
  /** Of them the attempts that failed, per second, in the same steps. */
  failed_history: number[]
}

export interface Percentiles {
  p50: number
  p95: number
  p99: number
}

export interface ProcessStats extends Omit<ProcessRow, 'counters' | 'doing' | 'now_us'> {
  /** What ran there at the last beat and still runs, the longest first, at most 20; empty when the process has ended. */
  doing: Doing[]
  settled_last_minute: number
  failed_last_minute: number
}

interface Doing {
  id: TaskId
  kind: string
  /** Counts from 1. */
  worker: number
  /** Until now by the clock of the database, also when the beat is old. */
  for_seconds: number
}

/**
 * Reads the numbers from one snapshot. A small table, or any with `exact`, is counted row by row; of a large one only
 * what is pending, and the rest is the sum of what those counted who did it. A table below `smallBytes` is small.
 */
export async function readStats(
  db: Db,
  { exact = false, smallBytes = SMALL_TABLE_BYTES }: { exact?: boolean; smallBytes?: number } = {},
): Promise<Stats> {
  const isCounted = exact || (await readTableBytes(db)) < smallBytes
  const picture = await (isCounted ? readExactly(db) : readCounted(db))
  return { counted: isCounted ? 'exact' : 'counters', ...statsOf(picture) }
}

function statsOf({ counts, queues, processes }: Picture): Omit<Stats, 'counted'> {
  const ages = queues.flatMap(({ due_seconds }) => (due_seconds === null ? [] : [due_seconds]))
  const settled = sumSteps(processes.map((row) => counted(row, 'settled')))
  const failed = sumSteps(processes.map((row) => counted(row, 'failed')))
  const recent = processes.filter((row) => counted(row, 'settled').ageSeconds < STEPS * STEP_SECONDS)
  return {
    tasks: sumCounts(counts),
    queues: queueStats(counts, queues),
    kinds: [...groupCounts(counts, (row) => row.kind)].map(([kind, sums]) => ({ kind, ...sums })),
    processes: processes.map(processStats),
    oldest_pending_seconds: ages.length === 0 ? null : Math.max(...ages),
    throughput: {
      per_second: inLastMinute(settled) / WINDOW_SECONDS,
      window_seconds: WINDOW_SECONDS,
      step_seconds: STEP_SECONDS,
      history: settled.map((n) => n / STEP_SECONDS),
      failed_history: failed.map((n) => n / STEP_SECONDS),
    },
    failures_per_minute: inLastMinute(failed),
    wait_ms: percentilesOf(recent.map((row) => row.counters.wait_ms ?? {})),
    run_ms: percentilesOf(recent.map((row) => row.counters.run_ms ?? {})),
  }
}

function queueStats(counts: Picture['counts'], queues: Picture['queues']): QueueStats[] {
  const sums = groupCounts(counts, (row) => row.queue)
  return queues
    .filter(({ queue, paused }) => sums.has(queue) || paused)
    .map(({ queue, paused, due_seconds }) => ({
      ...{ queue, ...(sums.get(queue) ?? sumCounts([])) },
      ...{ paused, oldest_pending_seconds: due_seconds },
    }))
    .sort((a, b) => (a.queue < b.queue ? -1 : 1))
}

function processStats(row: ProcessRow): ProcessStats {
  const { counters: _, doing, now_us, ...process } = row
  const lastMinute = (what: 'settled' | 'failed') => inLastMinute(sumSteps([counted(row, what)]))
  return {
    ...process,
    doing: doing.map(({ since_us, ...run }) => ({
      ...run,
      for_seconds: Math.max(0, (now_us - since_us) / 1e6),
    })),
    settled_last_minute: lastMinute('settled'),
    failed_last_minute: lastMinute('failed'),
  }
}

/** Until the next beat is due, what the last one told counts as of now: else each sum would sink between two beats. */
function counted(row: ProcessRow, what: 'settled' | 'failed'): Counted {
  const { counters, now_us, last_beat_seconds, lease_seconds, state } = row
  const isAlive = state === 'running' || state === 'draining'
  const ageSeconds = counters.at_us ? (now_us - counters.at_us) / 1e6 : last_beat_seconds
  const graceSeconds = isAlive ? lease_seconds / 3 + LATE_BEAT_SECONDS : 0
  return { steps: counters[what] ?? [], ageSeconds: ageSeconds - graceSeconds }
}

/** What a beat tells was counted up to a second before it, and it takes its time. */
const LATE_BEAT_SECONDS = 2

function percentilesOf(histograms: readonly Histogram[]): Percentiles | null {
  const found = percentiles(merge(histograms), [0.5, 0.95, 0.99])
  const [p50 = 0, p95 = 0, p99 = 0] = (found ?? []).map((ms) => Number(ms.toPrecision(3)))
  return found && { p50, p95, p99 }
}
