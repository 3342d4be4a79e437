// Retry: an operator sends finished tasks round again, with all their attempts.
import type { TaskId } from '../task/task.ts'
import type { Db } from './pool.ts'

export interface RetryAnswer {
  id: TaskId
  /** `refused`: pending, running or done already, or a live task has its unique_key; `unknown`: no such task. */
  answer: 'retried' | 'refused' | 'unknown'
}

/** Sends the tasks in `error` or `cancelled` among these back to pending, due now. `by` is what history shows. */
export async function retry(db: Db, ids: readonly TaskId[], by: string): Promise<RetryAnswer[]> {
  const { rows } = await db.query<RetryAnswer>(RETRY, [ids, by])
  return rows
}

const RETRY = `
with locked as materialized (
  select id, status, unique_key from taskproc.tasks where id = any ($1::bigint[]) order by id for update
), changed as (
  update taskproc.tasks t set
    status = 'pending', attempts = 0, crashes = 0, run_at = now(), claimed_by = null, claimed_at = null,
    finished_at = null, cancel_requested = false, updated_at = now()
  from locked
  where t.id = locked.id and locked.status in ('error', 'cancelled')
    and not exists (select from taskproc.tasks live where live.unique_lock = locked.unique_key)
    and not exists (select from locked other where other.unique_key = locked.unique_key and other.id < locked.id
      and other.status in ('error', 'cancelled'))
  returning t.id, t.queue
), logged as (
  insert into taskproc.task_logs (task_id, attempt, process, event, level, message)
  select id, 0, $2, 'retried', 'info', 'sent round again' from changed
), woken as (
  select taskproc.wake(queue, now()) from changed group by queue
)
select asked.id, case when locked.id is null then 'unknown' when changed.id is null then 'refused' else 'retried' end as answer,
  (select count(*) from woken) as woken
from unnest($1::bigint[]) with ordinality as asked(id, place)
left join locked on locked.id = asked.id left join changed on changed.id = asked.id
order by asked.place`
