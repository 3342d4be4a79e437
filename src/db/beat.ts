// The beat of a process: one row written, however many tasks it holds; it renews the lease and brings what was counted.
import type { Totals } from '../task/events.ts'
import type { TaskId } from '../task/task.ts'
import type { Db } from './db.ts'
import { queryPlanned } from './planned.ts'

/** What a beat tells about the process. */
export interface Beat {
  running: number
  waiting: number
  /** By the clock of the database, in microseconds since 1970: nothing in hand, or still to come, was claimed before. */
  claimsSinceUs: number
  counters: ProcessCounters
  doing: readonly RunningTask[]
}

/** What a worker runs; `since_us` by the clock of the database, in microseconds since 1970. */
export interface RunningTask {
  id: TaskId
  kind: string
  /** Counts from 1. */
  worker: number
  since_us: number
}

/**
 * Absolute numbers since this row was registered (`totals`: since the process started), so a beat that is sent twice
 * counts once. Histograms as task/histogram describes them.
 */
export interface ProcessCounters {
  totals: Totals
  /** By queue and kind; at most 1000 pairs. Absent where others count for this process: then its claims are looked up. */
  kinds?: Record<string, Record<string, KindCount>>
  /** When this was counted, by the clock of the database, in microseconds since 1970. */
  at_us: number
  /** Tasks settled, and attempts that failed, in the steps of task/steps until then; zeros in front are left out. */
  settled: readonly number[]
  failed: readonly number[]
  wait_ms: Record<string, number>
  run_ms: Record<string, number>
}

/** What is in progress in this process, and how its settlements left tasks. */
export interface KindCount {
  in_progress: number
  done: number
  error: number
  cancelled: number
}

/**
 * Renews the lease; the answer is the database's clock in microseconds since 1970, or null when the row is no longer
 * alive: this process was declared lost, and its claims may be running elsewhere.
 */
export async function beat(db: Db, processId: TaskId, beat: Beat): Promise<number | null> {
  const { running, waiting, claimsSinceUs, counters, doing } = beat
  const values = [processId, running, waiting, claimsSinceUs, JSON.stringify(counters), JSON.stringify(doing)]
  const { rows } = await queryPlanned<{ at_us: number }>(db, BEAT, values)
  return rows[0]?.at_us ?? null
}

/**
 * The new `heartbeat_at`, in SQL. now() is when a transaction began: one that waited for the row, or whose connection had
 * been given up, comes after a newer one, and would make the lease shorter than whoever beats believes. A time that is
 * still to come is no newer beat: the clock of the server was set back, and the lease would last longer by that.
 */
export const BEATEN_AT = `case when heartbeat_at > clock_timestamp() then now() else greatest(heartbeat_at, now()) end`

// A beat need not be durable: after a crash of the server the next one comes before the lease is over.
const BEAT = `
update taskproc.processes set
  heartbeat_at = ${BEATEN_AT}, running = $2, waiting = $3, claims_since = to_timestamp($4::float8 / 1000000),
  counters = $5, doing = $6
where id = $1 and state in ('running', 'draining')
  and (select set_config('synchronous_commit', 'off', true)) is not null
returning (extract(epoch from now()) * 1000000)::bigint as at_us`

/** The last counters of a row that this process gives up, whatever the state of that row. Safe twice. */
export async function leaveCounters(db: Db, processId: TaskId, counters: ProcessCounters): Promise<void> {
  await db.query('update taskproc.processes set counters = $2 where id = $1', [
    processId,
    JSON.stringify(counters),
  ])
}
