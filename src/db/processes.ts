// The row of a process: register, drain, goodbye. What it tells in between is its beat.
import { DEFAULT_CRASH_LIMIT } from '../task/limits.ts'
import type { TaskId } from '../task/task.ts'
import type { ProcessCounters } from './beat.ts'
import type { Db } from './db.ts'
import { CLOCK_SLACK, LEASE_LEFT_SECONDS } from './owner.ts'
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
select id, pid, pid_proof, heartbeat_at::text as heartbeat_at, ${LEASE_LEFT_SECONDS} * 1000 as lease_left_ms
from taskproc.processes p where name = $1 and state in ('running', 'draining')`

/** From now on nothing is claimed for this process, also by a claim that is on its way. */
export async function markDraining(db: Db, processId: TaskId): Promise<void> {
  await db.query(`update taskproc.processes set state = 'draining' where id = $1 and state = 'running'`, [
    processId,
  ])
}

/**
 * The last word of a process that has settled or released all it held. What the table says it holds all the same is
 * given back: the answer to its claim was lost. A claim that is still on its way is left to the rescue; `isAnswered` says
 * that there is none, and then nobody ever searches what this process claimed: at full speed that is a million rows.
 * Where others declared it lost meanwhile its counters are written all the same: what it settled counts.
 */
export async function sayGoodbye(
  db: Db,
  processId: TaskId,
  counters: ProcessCounters,
  isAnswered = false,
): Promise<void> {
  await releaseStrays(db, processId, [])
  await db.query(GOODBYE, [processId, JSON.stringify(counters), isAnswered])
}

const GOODBYE = `
with asleep as (delete from taskproc.sleepers where process_id = $1)
update taskproc.processes set
  state = case when stopped_at is null then 'stopped' else state end,
  heartbeat_at = case when stopped_at is null then now() else heartbeat_at end,
  stopped_at = coalesce(stopped_at, now()), running = 0, waiting = 0, counters = $2, doing = '[]',
  -- Further on than a search goes back.
  claims_since = case when $3 and stopped_at is null then now() + ${CLOCK_SLACK} else claims_since end
where id = $1`

/** Whether any process serves. */
export async function isAnybodyAlive(db: Db): Promise<boolean> {
  const { rows } = await db.query(
    `select from taskproc.processes where state in ('running', 'draining') limit 1`,
  )
  return rows.length > 0
}
