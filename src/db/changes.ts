// Changes: which tasks were inserted, claimed, finished or sent round lately, read from what the table and its history
// tell anyway. No trigger, no index and no column is there for it.
import type { Status } from '../task/status.ts'
import type { TaskId } from '../task/task.ts'
import type { Db } from './db.ts'
import { iso } from './documents.ts'
import { IS_CLAIMED } from './owner.ts'

/** How far changes have been read. */
export interface ChangesCursor {
  readonly taskId: TaskId
  readonly logId: TaskId
  /** By the clock of the database, in microseconds since 1970. */
  readonly atUs: number
  /** Tasks that were running then. */
  readonly running: readonly TaskId[]
}

export interface Change {
  id: TaskId
  status: Status
  queue: string
  kind: string
  attempts: number
  claim_number: number
  updated_at: string
}

export interface Changes {
  /** Newest first; at most `limit` from each source. */
  changes: Change[]
  /** Those that ran and are not there any more. */
  gone: TaskId[]
  taskId: TaskId
  logId: TaskId
  atUs: number
}

/** From here on: the newest task, the newest line of history, and up to `limit` tasks that run now. */
export async function beginChanges(db: Db, limit: number): Promise<ChangesCursor> {
  const { rows } = await db.query<ChangesCursor>(BEGIN, [limit])
  const [cursor] = rows
  if (cursor === undefined) throw new Error('beginChanges: no row')
  return cursor
}

/**
 * What has changed since `cursor`. It looks back a little further than that, since what was begun first may be
 * committed last: so it repeats itself, and what was committed later than LOOK_BACK after it began is missed.
 *
 * Its cost is that of what has changed, at most some times `limit`, whatever the table holds.
 */
export async function readChanges(db: Db, cursor: ChangesCursor, limit: number): Promise<Changes> {
  const values = [cursor.taskId, cursor.logId, cursor.atUs, cursor.running, limit]
  const { rows } = await db.query<Changes>(CHANGES, values)
  const [changes] = rows
  if (changes === undefined) throw new Error('readChanges: no row')
  return changes
}

const LOOK_BACK_IDS = 200
const LOOK_BACK = `interval '10 seconds'`
/** Lines that handlers log stand between those that tell of changes. */
const LINES_PER_CHANGE = 10

const NOW_US = `(extract(epoch from now()) * 1000000)::bigint`

const BEGIN = `
select ${NOW_US} as "atUs",
  coalesce((select id from taskproc.tasks order by id desc limit 1), 0) as "taskId",
  coalesce((select id from taskproc.task_logs order by id desc limit 1), 0) as "logId",
  coalesce((
    select json_agg(held.id) from taskproc.processes p cross join lateral (
      select t.id from taskproc.tasks t
      where ${IS_CLAIMED} and t.status = 'in_progress'
      limit $1) as held
    where p.state in ('running', 'draining')), '[]') as running`

// Three sources, each a range of an index: new ids, new lines of history (they tell of failures, rescues, releases and
// operators), and claims. A claim that is done leaves no line: what ran at the last look is looked at again by its id.
// The ids come as arrays, so that the tasks are found by their key and not by a join of the planner's choice.
const CHANGES = `
with since as (
  select to_timestamp($3::float8 / 1000000) - ${LOOK_BACK} as at
), fresh as (
  select id from taskproc.tasks where id > $1::bigint - ${LOOK_BACK_IDS} order by id desc limit $5
), line as (
  select task_id, event from taskproc.task_logs where id > $2::bigint - ${LOOK_BACK_IDS} order by id desc limit $5 * ${LINES_PER_CHANGE}
), claimed as (
  select held.id from taskproc.processes p cross join lateral (
    select t.id from taskproc.tasks t
    where t.claimed_by = p.id and t.claimed_at >= (select at from since)
    order by t.claimed_at desc limit $5) as held
  where p.state in ('running', 'draining') or p.stopped_at >= (select at from since)
  limit $5
), candidate as (
  select id from fresh union select task_id from line where event <> 'log' union select id from claimed
), changed as (
  select t.id, t.status, t.queue, t.kind, t.attempts, t.claim_number, t.updated_at
  from taskproc.tasks t
  where t.id = any (array (select id from candidate)) and t.updated_at >= (select at from since)
  union
  select t.id, t.status, t.queue, t.kind, t.attempts, t.claim_number, t.updated_at
  from taskproc.tasks t where t.id = any ($4::bigint[]) and t.status <> 'in_progress'
)
select ${NOW_US} as "atUs",
  coalesce((select id from taskproc.tasks order by id desc limit 1), $1::bigint) as "taskId",
  coalesce((select id from taskproc.task_logs order by id desc limit 1), $2::bigint) as "logId",
  (select coalesce(json_agg(json_build_object('id', id, 'status', status, 'queue', queue, 'kind', kind, 'attempts', attempts,
    'claim_number', claim_number, 'updated_at', ${iso('updated_at')}) order by changed.updated_at desc), '[]') from changed) as changes,
  (select coalesce(json_agg(asked.id), '[]') from unnest($4::bigint[]) as asked(id)
    where not exists (select from taskproc.tasks t where t.id = asked.id)) as gone`
