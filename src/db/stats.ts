// The numbers of `taskproc stats`: counts, processes, throughput and latency.
import { type Histogram, merge, percentiles } from '../task/histogram.ts'
import type { Status } from '../task/status.ts'
import type { TaskId } from '../task/task.ts'
import type { Db } from './pool.ts'
import type { ProcessCounters } from './processes.ts'

type Counts = Record<Status, number>

export interface Stats {
  /** `counters`: done, error, cancelled and in_progress are as of the last beats, and may be off where plain SQL wrote or a process was killed. */
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
export interface Throughput {
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

export interface ProcessStats {
  id: number | string
  name: string
  host: string
  pid: number
  version: string
  state: 'running' | 'draining' | 'stopped' | 'lost'
  queues: string[] | null
  kinds: string[]
  workers: number
  running: number
  waiting: number
  started_at: string
  heartbeat_at: string
  last_beat_seconds: number
  lease_seconds: number
  /** What runs there, the longest first, at most 20, as of the last beat; empty when it has ended. */
  doing: Doing[]
  settled_last_minute: number
  failed_last_minute: number
}

export interface Doing {
  id: TaskId
  kind: string
  /** Counts from 1. */
  worker: number
  /** Until now by the clock of the database, also when the beat is old. */
  for_seconds: number
}

/** Counts every row of the table: exact, and as slow as the table is large. */
export async function readStats(db: Db, _options: { exact?: boolean } = {}): Promise<Stats> {
  const [counted, oldest, processes] = [
    await db.query<CountRow>(COUNTS),
    await db.query<OldestRow>(OLDEST),
    await db.query<ProcessRow>(PROCESSES, [RECENT_SECONDS]),
  ]
  const perQueue = groupCounts(counted.rows, (row) => row.queue)
  const perKind = groupCounts(counted.rows, (row) => row.kind)
  const oldestOf = new Map(oldest.rows.map((row) => [row.queue, row.seconds]))
  const rows = processes.rows
  const settled = rows.filter((row) => row.last_beat_seconds < WINDOW_SECONDS)
  return {
    counted: 'exact',
    tasks: sumCounts(counted.rows),
    queues: perQueue.map(([queue, counts]) => ({
      queue,
      ...counts,
      paused: false,
      oldest_pending_seconds: oldestOf.get(queue) ?? null,
    })),
    kinds: perKind.map(([kind, counts]) => ({ kind, ...counts })),
    processes: rows.map(({ counters, ...process }) => ({
      ...process,
      doing: [],
      settled_last_minute: counters.settled_last_minute ?? 0,
      failed_last_minute: 0,
    })),
    oldest_pending_seconds:
      oldest.rows.length === 0 ? null : Math.max(...oldest.rows.map((row) => row.seconds)),
    throughput: {
      per_second:
        settled.reduce((sum, row) => sum + (row.counters.settled_last_minute ?? 0), 0) / WINDOW_SECONDS,
      window_seconds: WINDOW_SECONDS,
      step_seconds: 10,
      history: new Array<number>(90).fill(0),
      failed_history: new Array<number>(90).fill(0),
    },
    failures_per_minute: 0,
    wait_ms: percentilesOf(rows.map((row) => row.counters.wait_ms ?? {})),
    run_ms: percentilesOf(rows.map((row) => row.counters.run_ms ?? {})),
  }
}

/** A process that ended longer ago than this is history. */
const RECENT_SECONDS = 3600
const WINDOW_SECONDS = 60

type CountRow = { queue: string; kind: string; status: Status; n: number }
type OldestRow = { queue: string; seconds: number }
type ProcessRow = Omit<ProcessStats, 'doing' | 'settled_last_minute' | 'failed_last_minute'> & {
  counters: Partial<ProcessCounters>
}

function sumCounts(rows: readonly CountRow[]): Counts {
  const counts: Counts = { pending: 0, in_progress: 0, done: 0, error: 0, cancelled: 0 }
  for (const row of rows) counts[row.status] += row.n
  return counts
}

function groupCounts(rows: readonly CountRow[], nameOf: (row: CountRow) => string): [string, Counts][] {
  const names = [...new Set(rows.map(nameOf))].sort()
  return names.map((name) => [name, sumCounts(rows.filter((row) => nameOf(row) === name))])
}

function percentilesOf(histograms: readonly Histogram[]): Percentiles | null {
  const found = percentiles(merge(histograms), [0.5, 0.95, 0.99])
  const [p50 = 0, p95 = 0, p99 = 0] = (found ?? []).map((ms) => Number(ms.toPrecision(3)))
  return found && { p50, p95, p99 }
}

const COUNTS = `
select queue, kind, status, count(*)::float8 as n from taskproc.tasks group by queue, kind, status`

const OLDEST = `
select queue, extract(epoch from now() - min(run_at))::float8 as seconds
from taskproc.tasks where claimable and run_at <= now() group by queue`

const PROCESSES = `
select id, name, host, pid, version, state, queues, kinds, workers, running, waiting,
  to_json(started_at at time zone 'UTC') #>> '{}' || 'Z' as started_at,
  to_json(heartbeat_at at time zone 'UTC') #>> '{}' || 'Z' as heartbeat_at,
  extract(epoch from now() - heartbeat_at)::float8 as last_beat_seconds, lease_ms / 1000.0::float8 as lease_seconds,
  counters
from taskproc.processes
where state in ('running', 'draining') or stopped_at > now() - $1 * interval '1 second'
order by (state in ('running', 'draining')) desc, id desc
limit 1000`
