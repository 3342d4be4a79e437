// Schedules: tasks by the clock, stored. Each tick is enqueued once, by whichever process comes first.
import type { JsonValue, TaskId } from '../task/task.ts'
import type { Db } from './db.ts'
import { queryPlanned } from './planned.ts'

/** A schedule as `schedule list --json` shows it. Times are ISO 8601 in UTC. */
export interface ScheduleDocument {
  name: string
  cron: string
  timezone: string
  kind: string
  payload: JsonValue
  queue: string
  priority: number
  max_attempts: number
  /** null: there is no further tick. */
  next_at: string | null
  last_at: string | null
  created_at: string
}

export type NewSchedule = Omit<ScheduleDocument, 'last_at' | 'created_at'>

/**
 * Adds a schedule, or replaces the one of that name, and returns it. While its cron line and time zone stay as they
 * were, so does its next tick: one that is due right now is not lost to a deployment that says everything again.
 */
export async function putSchedule(db: Db, schedule: NewSchedule): Promise<ScheduleDocument> {
  const { name, cron, timezone, kind, payload, queue, priority, max_attempts, next_at } = schedule
  const values = [name, cron, timezone, kind, JSON.stringify(payload), queue, priority, max_attempts, next_at]
  const { rows } = await db.query<{ put: ScheduleDocument }>(PUT, values)
  const [row] = rows
  if (row === undefined) throw new Error(`the schedule ${name} was not stored`)
  return row.put
}

/** All of them, by name. */
export async function readSchedules(db: Db): Promise<ScheduleDocument[]> {
  const { rows } = await db.query<ScheduleDocument>(
    `select ${COLUMNS} from taskproc.schedules s order by name`,
  )
  return rows
}

/** False where there is no schedule of that name. What it has enqueued stays. */
export async function removeSchedule(db: Db, name: string): Promise<boolean> {
  const { rows } = await db.query(REMOVE, [name])
  return rows.length > 0
}

/** The clock of the database, in milliseconds since 1970. */
export async function readClockMs(db: Db): Promise<number> {
  const { nowMs } = await readTicks(db, 0)
  return nowMs
}

export interface Tick {
  name: string
  cron: string
  timezone: string
  /** As the database writes it: the fence. */
  nextAt: string
  tickMs: number
}

/** The clock of the database, and the next tick of every schedule that has one within `withinMs`; due ones first. */
export async function readTicks(db: Db, withinMs: number): Promise<{ nowMs: number; ticks: Tick[] }> {
  const { rows } = await queryPlanned<{ nowMs: number } & ({ [Key in keyof Tick]: null } | Tick)>(db, TICKS, [
    withinMs,
  ])
  return { nowMs: rows[0]?.nowMs ?? 0, ticks: rows.filter((row) => row.name !== null) }
}

/**
 * Enqueues the task of `tick` and moves its schedule on to `followingAt` (ISO 8601; null: no further tick), both or
 * neither. Undefined where somebody else has done it, or has changed the schedule. The id is null where a live task
 * has the key of this tick already.
 */
export async function takeTick(
  db: Db,
  { name, nextAt, cron, timezone }: Tick,
  followingAt: string | null,
): Promise<{ id: TaskId | null } | undefined> {
  const { rows } = await db.query<{ id: TaskId | null }>(TAKE, [name, nextAt, cron, timezone, followingAt])
  return rows[0] && { id: rows[0].id }
}

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS"Z"'`

const COLUMNS = `
s.name, s.cron, s.timezone, s.kind, s.payload, s.queue, s.priority, s.max_attempts,
to_char(s.next_at at time zone 'UTC', ${ISO}) as next_at, to_char(s.last_at at time zone 'UTC', ${ISO}) as last_at,
to_char(s.created_at at time zone 'UTC', ${ISO}) as created_at`

const PUT = `
with put as (
  insert into taskproc.schedules as s (name, cron, timezone, kind, payload, queue, priority, max_attempts, next_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  on conflict (name) do update set
    cron = excluded.cron, timezone = excluded.timezone, kind = excluded.kind, payload = excluded.payload,
    queue = excluded.queue, priority = excluded.priority, max_attempts = excluded.max_attempts,
    next_at = case when (s.cron, s.timezone) = (excluded.cron, excluded.timezone) then s.next_at else excluded.next_at end
  returning s.*
), told as (select pg_notify('taskproc_schedule', name) from put)
select to_json(document) as put, (select count(*) from told) as told from (select ${COLUMNS} from put s) as document`

const REMOVE = `
with removed as (delete from taskproc.schedules where name = $1 returning name)
select pg_notify('taskproc_schedule', name) from removed`

const TICKS = `
select extract(epoch from now())::float8 * 1000 as "nowMs", s.name, s.cron, s.timezone, to_json(s.next_at) #>> '{}' as "nextAt",
  extract(epoch from s.next_at)::float8 * 1000 as "tickMs"
from (select) as always
left join taskproc.schedules s on s.next_at <= now() + $1 * interval '1 millisecond'
order by s.next_at`

// The update is the fence: of two processes the second one waits for the first, and then finds another next_at.
const TAKE = `
with moved as (
  update taskproc.schedules set last_at = next_at, next_at = $5
  where name = $1 and next_at = $2 and cron = $3 and timezone = $4
  returning *
), inserted as (
  insert into taskproc.tasks (kind, payload, queue, priority, run_at, max_attempts, unique_key)
  select kind, payload, queue, priority, last_at, max_attempts,
    'schedule:' || name || ':' || to_char(last_at at time zone 'UTC', ${ISO})
  from moved
  on conflict (unique_lock) where unique_lock is not null do nothing
  returning id, queue, run_at
), woken as (select taskproc.wake(queue, run_at) from inserted)
select (select id from inserted) as id, (select count(*) from woken) as woken from moved`
