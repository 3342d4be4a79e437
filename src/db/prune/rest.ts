// Prune of what tasks leave behind: rows of processes that ended long ago, and logs of tasks that somebody deleted by hand.
import type { TaskId } from '../../task/task.ts'
import type { Db } from '../db.ts'
import { tallied } from '../tallies.ts'

/** Claims of a process that ended are looked for until ten minutes after its first search (see rescue). */
const REST_MS = 15 * 60_000

/**
 * Deletes up to `limit` rows of processes that ended longer ago than that, were searched, and are named by no task any
 * more. What they counted goes into the tallies. Returns how many; fewer than `limit` means that no more are left.
 */
export async function pruneProcesses(db: Db, olderThanMs: number, limit: number): Promise<number> {
  const { rows } = await db.query<{ gone: number }>(PROCESSES, [Math.max(olderThanMs, REST_MS), limit])
  return rows[0]?.gone ?? 0
}

// In the order of the index tasks_owner: else a table full of tasks of one process is read for a task of another.
// Counters as `{kinds: {queue: {kind: {done, error, cancelled}}}}`; programs of an earlier version have not counted so.
const PROCESSES = `
with gone as (
  delete from taskproc.processes where id = any (array (
    select p.id from taskproc.processes p
    where p.state in ('stopped', 'lost') and p.stopped_at <= now() - $1 * interval '1 millisecond'
      and p.swept_at <= now() - $1 * interval '1 millisecond'
      and (select t.id from taskproc.tasks t where t.claimed_by = p.id order by t.claimed_at limit 1) is null
    order by p.id limit $2 for update skip locked))
  returning id, counters
), queue as (
  select key as queue, value as kinds
  from gone cross join lateral jsonb_each(case jsonb_typeof(counters->'kinds') when 'object' then counters->'kinds' end)
), ${tallied(`
  select queue, key as kind, coalesce((value->>'done')::bigint, 0) as done,
    coalesce((value->>'error')::bigint, 0) as error, coalesce((value->>'cancelled')::bigint, 0) as cancelled
  from queue cross join lateral jsonb_each(case jsonb_typeof(kinds) when 'object' then kinds end)`)}
select count(*) as gone from gone`

export interface SweptLogs {
  gone: number
  /** The task to go on behind; null at the end. */
  after: TaskId | null
}

/**
 * Looks at the next `limit` tasks of which there are logs, behind `after`, and deletes the logs of those that do not
 * exist: no more than ten times `limit` rows.
 */
export async function pruneOrphanLogs(db: Db, after: TaskId, limit: number): Promise<SweptLogs> {
  const { rows } = await db.query<{ gone: number; looked: number; last: TaskId | null }>(ORPHANS, [
    after,
    limit,
    10 * limit,
  ])
  const { gone = 0, looked = 0, last = null } = rows[0] ?? {}
  // There may be more of the same tasks.
  if (gone === 10 * limit) return { gone, after }
  return { gone, after: looked < limit ? null : last }
}

// A loose index scan, from task to task in the index task_logs_task.
const ORPHANS = `
with recursive named as (
  (select l.task_id, 1 as step from taskproc.task_logs l where l.task_id > $1 order by l.task_id limit 1)
  union all
  (select next.task_id, named.step + 1
   from named cross join lateral (
     select l.task_id from taskproc.task_logs l where l.task_id > named.task_id order by l.task_id limit 1) as next
   where named.step < $2)
), orphan as materialized (
  select task_id from named where (select t.id from taskproc.tasks t where t.id = named.task_id) is null
), gone as (
  delete from taskproc.task_logs where id = any (array (
    select line.id from orphan cross join lateral (
      select l.id from taskproc.task_logs l where l.task_id = orphan.task_id) as line
    limit $3))
  returning id
)
select (select count(*) from gone) as gone, (select count(*) from named) as looked, (select max(task_id) from named) as last`
