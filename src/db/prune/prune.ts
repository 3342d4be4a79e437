// Prune: deletes finished tasks that are old enough, with their logs. What is pending or runs is never touched.
import type { TaskFilter } from '../../task/filter.ts'
import { FINISHED, type Status } from '../../task/status.ts'
import type { TaskId } from '../../task/task.ts'
import type { Db } from '../db.ts'
import { type Meant, meantBy } from '../filter/meant.ts'
import { tallied } from '../tallies.ts'

/** What a filter has to say before anything is deleted by it. */
export type PruneFilter = TaskFilter & { readonly olderThanMs: number }

export interface PrunedTask {
  id: TaskId
  status: Status
}

/** Rows of tasks and logs in one statement: a task may have thousands of log lines. */
const ROWS_PER_STATEMENT = 10_000

/** Tasks in one statement: below, the statements cost more than what they do; above, they get longer and not faster. */
export const PRUNE_TASKS = 1_000

/**
 * Deletes those of these tasks (at most PRUNE_TASKS) that `filter` means, and returns them. It takes one statement, or
 * more where they have many logs. What somebody else has locked stays.
 */
export async function prune(db: Db, ids: readonly TaskId[], filter: PruneFilter): Promise<PrunedTask[]> {
  const meant = meantBy(filter, 4)
  const text = statement(meant)
  const pruned: PrunedTask[] = []
  for (let left = ids; left.length > 0; ) {
    const { rows } = await db.query<PrunedTask>(text, [left, ROWS_PER_STATEMENT, FINISHED, ...meant.values])
    const gone = new Set(rows.map(({ id }) => id))
    const rest = left.filter((id) => !gone.has(id))
    if (rest.length === left.length) break
    pruned.push(...rows)
    left = rest
  }
  return pruned
}

// `worth` is the number of rows up to and with this task: itself and its logs, of which no more are counted than matter.
const statement = ({ locked }: Meant): string => `
with ${locked('t.id', 't.status = any ($3::text[])')}, weighed as materialized (
  select id, row_number() over (order by id) as place, sum(1 + (
      select count(*) from (select from taskproc.task_logs l where l.task_id = locked.id limit $2) as line
    )) over (order by id) as worth
  from locked
), gone as (
  delete from taskproc.tasks t
  where t.id = any (array (select id from weighed where place = 1 or worth <= $2))
  returning t.id, t.queue, t.kind, t.status
), silenced as (
  delete from taskproc.task_logs l
  where l.task_id = any (array (select id from weighed where place = 1 or worth <= $2))
), ${tallied(`
  select queue, kind, -(status = 'done')::int as done, -(status = 'error')::int as error,
    -(status = 'cancelled')::int as cancelled from gone`)}
select id, status from gone order by id`
