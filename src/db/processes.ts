// The row of a process: register, beat, drain, goodbye.
import type { Totals } from '../task/events.ts'
import { DEFAULT_CRASH_LIMIT } from '../task/limits.ts'
import type { TaskId } from '../task/task.ts'
import { queryPlanned } from './planned.ts'
import type { Db } from './pool.ts'
import { releaseStrays } from './strays.ts'

export interface NewProcess {
  name: string
  host: string
  pid: number
  /** Tells this incarnation from any other on the same machine; null where the system cannot say. */
  pidProof: string | null
  version: string
  queues: readonly string[] | null
  kinds: readonly string[]
  workers: number
  leaseMs: number
  /** How many tasks of a kind it holds at once, where the kind has a limit; none: {}. */
  kindLimits?: Readonly<Record<string, number>>
  /** After so many deaths under it a task is quarantined. */
  crashLimit?: number
}

/** What a beat tells about the process. */
export interface Beat {
  running: number
  waiting: number
  /** By the clock of the database, in microseconds since 1970: nothing in hand, or still to come, was claimed before. */
  claimsSinceUs: number
  counters: ProcessCounters
  doing: readonly Run[]
}

/** What a worker runs; `since_us` by the clock of the database, in microseconds since 1970. */
export interface Run {
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

/** A row in `processes`, and the database's clock in microseconds since 1970. */
export interface Joined {
  id: TaskId
  atUs: number
}

/** Inserts the row; null where a live process has the same name. */
export async function register(db: Db, process: NewProcess): Promise<Joined | null> {
  const { rows } = await db.query<Joined>(REGISTER, [
    process.name,
    process.host,
    process.pid,
    process.pidProof,
    process.version,
    process.queues,
    process.kinds,
    process.workers,
    Math.round(process.leaseMs),
    process.kindLimits ?? {},
    process.crashLimit ?? DEFAULT_CRASH_LIMIT,
  ])
  return rows[0] ?? null
}

const REGISTER = `
insert into taskproc.processes (name, host, pid, pid_proof, version, queues, kinds, workers, lease_ms, kind_limits,
  crash_limit)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (name) where state in ('running', 'draining') do nothing
returning id, (extract(epoch from started_at) * 1000000)::bigint as "atUs"`

export interface Namesake {
  id: TaskId
  pid: number
  pid_proof: string | null
  /** Until its lease is over, should it not beat again. */
  lease_left_ms: number
  heartbeat_at: string
}

/** The live process of this name, if there is one. */
export async function findNamesake(db: Db, name: string): Promise<Namesake | null> {
  const { rows } = await db.query<Namesake>(NAMESAKE, [name])
  return rows[0] ?? null
}

const NAMESAKE = `
select id, pid, pid_proof, heartbeat_at::text as heartbeat_at,
  extract(epoch from greatest(heartbeat_at, pg_postmaster_start_time()) + lease_ms * interval '1 millisecond' - now())::float8
    * 1000 as lease_left_ms
from taskproc.processes where name = $1 and state in ('running', 'draining')`

/**
 * Renews the lease; the answer is the database's clock in microseconds since 1970, or null when the row is no longer alive: this process was
 * declared lost, and its claims may be running elsewhere.
 */
export async function beat(db: Db, processId: TaskId, beat: Beat): Promise<number | null> {
  const { running, waiting, claimsSinceUs, counters, doing } = beat
  const values = [processId, running, waiting, claimsSinceUs, JSON.stringify(counters), JSON.stringify(doing)]
  const { rows } = await queryPlanned<{ at_us: number }>(db, BEAT, values)
  return rows[0]?.at_us ?? null
}

// A beat need not be durable: after a crash of the server the next one comes before the lease is over.
const BEAT = `
update taskproc.processes set
  heartbeat_at = now(), running = $2, waiting = $3, claims_since = to_timestamp($4::float8 / 1000000),
  counters = $5, doing = $6
where id = $1 and state in ('running', 'draining')
  and (select set_config('synchronous_commit', 'off', true)) is not null
returning (extract(epoch from heartbeat_at) * 1000000)::bigint as at_us`

/** From now on nothing is claimed for this process, also by a claim that is on its way. */
export async function markDraining(db: Db, processId: TaskId): Promise<void> {
  await db.query(`update taskproc.processes set state = 'draining' where id = $1 and state = 'running'`, [
    processId,
  ])
}

/**
 * The last word of a process that has settled or released all it held. What the table says it holds all the same is
 * given back: the answer to its claim was lost. A claim that is still on its way is left to the rescue. Where others
 * declared it lost meanwhile its counters are written all the same: what it settled counts.
 */
export async function sayGoodbye(db: Db, processId: TaskId, counters: ProcessCounters): Promise<void> {
  await releaseStrays(db, processId, [])
  await db.query(GOODBYE, [processId, JSON.stringify(counters)])
}

const GOODBYE = `
with asleep as (delete from taskproc.sleepers where process_id = $1)
update taskproc.processes set
  state = case when stopped_at is null then 'stopped' else state end,
  heartbeat_at = case when stopped_at is null then now() else heartbeat_at end,
  stopped_at = coalesce(stopped_at, now()), running = 0, waiting = 0, counters = $2, doing = '[]'
where id = $1`

/** The last counters of a row that this process gives up, whatever the state of that row. Safe twice. */
export async function leaveCounters(db: Db, processId: TaskId, counters: ProcessCounters): Promise<void> {
  await db.query('update taskproc.processes set counters = $2 where id = $1', [
    processId,
    JSON.stringify(counters),
  ])
}

/** Whether any process serves. */
export async function isAnybodyAlive(db: Db): Promise<boolean> {
  const { rows } = await db.query(
    `select from taskproc.processes where state in ('running', 'draining') limit 1`,
  )
  return rows.length > 0
}
