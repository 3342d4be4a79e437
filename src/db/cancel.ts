// Cancel: pending tasks at once; a running one is told to stop, and is cancelled by its process.
import type { TaskFilter } from '../task/filter.ts'
import type { Status } from '../task/status.ts'
import type { TaskId } from '../task/task.ts'
import { type Act, carryOut } from './act.ts'
import type { Db } from './db.ts'
import { carryOutNamed } from './named.ts'
import type { Pool } from './pool.ts'
import { tallied } from './tallies.ts'

export interface CancelAnswer {
  id: TaskId
  /**
   * `cancelled` now; `requested` of the process that runs it; `finished`: nothing to cancel; `unknown`: no such task,
   * and with a filter: it is locked, or not meant any more.
   */
  answer: 'cancelled' | 'requested' | 'finished' | 'unknown'
  /** The status of a task that was left alone; null of one that does not exist. */
  reason: Status | null
}

/**
 * Cancels these tasks and says for each what became of it. `by` is what history shows. With a `filter` only those that
 * it means still, and that nobody has locked.
 */
export function cancel(
  db: Db,
  ids: readonly TaskId[],
  by: string,
  filter?: TaskFilter,
): Promise<CancelAnswer[]> {
  return carryOut(db, CANCEL, ids, by, filter)
}

/** The same for who named them: throws Locked where somebody keeps one of them locked, and then does nothing. */
export function cancelNamed(
  pool: Pool,
  ids: readonly TaskId[],
  by: string,
  isRehearsal = false,
): Promise<CancelAnswer[]> {
  return carryOutNamed(pool, CANCEL, ids, by, isRehearsal)
}

// Who asks again is heard again, but history says it once.
const CANCEL: Act = {
  reads: 't.id, t.status, t.cancel_requested',
  clauses: `changed as (
  update taskproc.tasks t set
    status = case t.status when 'pending' then 'cancelled' else t.status end,
    finished_at = case t.status when 'pending' then now() end,
    cancel_requested = true,
    updated_at = now()
  where t.id = any (array (select id from locked where status in ('pending', 'in_progress')))
  returning t.id, t.queue, t.kind, t.status, t.attempts
), logged as (
  insert into taskproc.task_logs (task_id, attempt, process, event, level, message)
  select id, attempts, $2, 'cancelled', 'info', case changed.status when 'cancelled' then 'cancelled' else 'told to stop' end
  from changed join locked using (id) where not locked.cancel_requested
), told as (
  select pg_notify('taskproc_cancel', id::text) from changed where status = 'in_progress'
), ${tallied(`
  select queue, kind, 0 as done, 0 as error, 1 as cancelled from changed where status = 'cancelled'`)}`,
  judged: 'locked',
  answer: `case changed.status when 'cancelled' then 'cancelled' when 'in_progress' then 'requested' else 'finished' end`,
  reason: 'case when changed.id is null then locked.status end',
  more: '(select count(*) from told) as told',
}

/** Which of these running tasks somebody wants cancelled. For a process that hears no notifications. */
export async function readCancelRequests(db: Db, ids: readonly TaskId[]): Promise<TaskId[]> {
  const { rows } = await db.query<{ id: TaskId }>(
    'select id from taskproc.tasks where id = any ($1::bigint[]) and cancel_requested',
    [ids],
  )
  return rows.map((row) => row.id)
}
