// Pause and resume: whether the tasks of a queue are claimed, said once in the database for every process.
import type { Db } from './db.ts'

/** What was said about a queue, or (null) about every queue of which nothing else was said. */
export interface QueueRow {
  queue: string | null
  /** ISO 8601 in UTC; null: it is served, although every other queue is paused. */
  paused_at: string | null
}

/**
 * No claim that is sent after this takes a task of `queue` (null: of any queue, also one that is new). Processes are
 * told, so that they give back what they have claimed and not begun.
 */
export async function pause(db: Db, queue: string | null): Promise<void> {
  await db.query(PAUSE, [queue ?? EVERY])
}

/**
 * Undoes a pause and wakes whoever waits. null: whatever was paused. A queue by its name is served again also while
 * every other one stays paused.
 */
export async function resume(db: Db, queue: string | null): Promise<void> {
  await (queue === null ? db.query(RESUME_ALL) : db.query(RESUME, [queue]))
}

/** All that is paused, and what is not although everything else is; nothing when nothing is paused. */
export async function readQueues(db: Db): Promise<QueueRow[]> {
  const { rows } = await db.query<QueueRow>(READ)
  return rows
}

/** The name of the row that speaks for every queue without one of its own. */
const EVERY = ''

// A pause of every queue takes the place of all that was said before.
const PAUSE = `
with replaced as (
  delete from taskproc.queues where $1 = '' and name <> ''
), said as (
  insert into taskproc.queues (name, paused_at) values ($1, now())
  on conflict (name) do update set paused_at = coalesce(queues.paused_at, now())
)
select pg_notify('taskproc_pause', $1)`

// This happens seldom, so it notifies whether anybody sleeps or not: then it cannot miss one who is about to.
const RESUME = `
with cleared as (
  delete from taskproc.queues where name = $1 and not exists (select from taskproc.queues where name = '')
), excepted as (
  insert into taskproc.queues (name) select $1 where exists (select from taskproc.queues where name = '')
  on conflict (name) do update set paused_at = null
)
select pg_notify('taskproc_work', $1), pg_notify('taskproc_back', $1)`

// Who serves every queue hears each notification, whatever it names.
const RESUME_ALL = `
with cleared as (delete from taskproc.queues)
select pg_notify('taskproc_work', queue), pg_notify('taskproc_back', queue)
from (select distinct unnest(coalesce(queues, '{""}')) as queue from taskproc.processes where state = 'running') as served`

const READ = `
select nullif(name, '') as queue, to_char(paused_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as paused_at
from taskproc.queues order by name`
