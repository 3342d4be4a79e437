// Cancel: pending tasks at once; a running one is told to stop, and is cancelled by its process.
import type { TaskId } from '../task/task.ts'
import type { Db } from './pool.ts'

export interface CancelAnswer {
  id: TaskId
  /** `cancelled` now; `requested` of the process that runs it; `finished`: nothing to cancel; `unknown`: no such task. */
  answer: 'cancelled' | 'requested' | 'finished' | 'unknown'
}

/** Cancels these tasks and says for each what became of it. `by` is what history shows. */
export async function cancel(db: Db, ids: readonly TaskId[], by: string): Promise<CancelAnswer[]> {
  const { rows } = await db.query<CancelAnswer>(CANCEL, [ids, by])
  return rows
}

const CANCEL = `
with locked as materialized (
  select id, status, attempts from taskproc.tasks where id = any ($1::bigint[]) order by id for update
), changed as (
  update taskproc.tasks t set
    status = case t.status when 'pending' then 'cancelled' else t.status end,
    finished_at = case t.status when 'pending' then now() end,
    cancel_requested = true,
    updated_at = now()
  from locked
  where t.id = locked.id and locked.status in ('pending', 'in_progress')
  returning t.id, t.status, t.attempts
), logged as (
  insert into taskproc.task_logs (task_id, attempt, process, event, level, message)
  select id, attempts, $2, 'cancelled', 'info', case status when 'cancelled' then 'cancelled' else 'told to stop' end from changed
), told as (
  select pg_notify('taskproc_cancel', id::text) from changed where status = 'in_progress'
)
select asked.id, case when locked.id is null then 'unknown' when changed.id is null then 'finished'
    when changed.status = 'cancelled' then 'cancelled' else 'requested' end as answer,
  (select count(*) from told) as told
from unnest($1::bigint[]) with ordinality as asked(id, place)
left join locked on locked.id = asked.id left join changed on changed.id = asked.id
order by asked.place`

/** Which of these running tasks somebody wants cancelled. For a process that hears no notifications. */
export async function readCancelRequests(db: Db, ids: readonly TaskId[]): Promise<TaskId[]> {
  const { rows } = await db.query<{ id: TaskId }>(
    'select id from taskproc.tasks where id = any ($1::bigint[]) and cancel_requested',
    [ids],
  )
  return rows.map((row) => row.id)
}
