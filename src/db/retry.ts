// Retry: an operator sends finished tasks round again, with all their attempts.
import type { TaskFilter } from '../task/filter.ts'
import type { Status } from '../task/status.ts'
import type { TaskId } from '../task/task.ts'
import { type Act, carryOut } from './act.ts'
import type { Db } from './db.ts'
import { carryOutNamed, insistently } from './named.ts'
import type { Pool } from './pool.ts'
import { tallied } from './tallies.ts'

export interface RetryAnswer {
  id: TaskId
  /** `unknown`: no such task; with a filter: it is locked, or not meant any more. */
  answer: 'retried' | 'refused' | 'unknown'
  /** Why not: its status, or that a live task has its unique_key; null where it was retried or does not exist. */
  reason: Status | 'unique_key' | null
  /** The live task that has its unique_key. */
  holder: TaskId | null
}

/**
 * Sends the tasks in `error` or `cancelled` among these back to pending, due now. `by` is what history shows. With a
 * `filter` only those that it means still, and that nobody has locked.
 */
export function retry(
  db: Db,
  ids: readonly TaskId[],
  by: string,
  filter?: TaskFilter,
): Promise<RetryAnswer[]> {
  return insistently(() => carryOut(db, RETRY, ids, by, filter))
}

/** The same for who named them: throws Locked where somebody keeps one of them locked, and then does nothing. */
export function retryNamed(
  pool: Pool,
  ids: readonly TaskId[],
  by: string,
  isRehearsal = false,
): Promise<RetryAnswer[]> {
  return carryOutNamed(pool, RETRY, ids, by, isRehearsal)
}

// The update finds its rows by their ids alone, from an array: there is no join whose plan could go wrong.
const RETRY: Act = {
  reads: 't.id, t.queue, t.kind, t.status, t.unique_key',
  clauses: `judged as materialized (
  select id, queue, kind, status,
    case when status in ('error', 'cancelled') and unique_key is not null then coalesce(
      (select live.id from taskproc.tasks live where live.unique_lock = locked.unique_key),
      nullif(min(id) filter (where status in ('error', 'cancelled')) over (partition by unique_key), id)) end as holder
  from locked
), changed as (
  update taskproc.tasks t set
    status = 'pending', attempts = 0, crashes = 0, run_at = now(), claimed_by = null, claimed_at = null,
    finished_at = null, cancel_requested = false, updated_at = now()
  where t.id = any (array (select id from judged where status in ('error', 'cancelled') and holder is null))
  returning t.id, t.queue
), logged as (
  insert into taskproc.task_logs (task_id, attempt, process, event, level, message)
  select id, 0, $2, 'retried', 'info', 'sent round again' from changed
), woken as (
  select taskproc.wake(queue, now()) from changed group by queue
), ${tallied(`
  select j.queue, j.kind, 0 as done, -(j.status = 'error')::int as error, -(j.status = 'cancelled')::int as cancelled
  from changed join judged j on j.id = changed.id`)}`,
  judged: 'judged',
  answer: `case when changed.id is null then 'refused' else 'retried' end`,
  reason: `case when changed.id is not null then null
    when judged.status in ('error', 'cancelled') then 'unique_key' else judged.status end`,
  more: 'judged.holder, (select count(*) from woken) as woken',
}
