// The rows of a trial (a race, a benchmark) in somebody's own database: taken away without a trace when it is over.
import type { TaskId } from '../../task/task.ts'
import type { Db } from '../db.ts'

export interface TrialRows {
  /** A name that nobody else uses. */
  queue: string
  taskIds: readonly TaskId[]
}

/** Deletes these tasks with their history, the processes that served this queue alone, and what was counted for it. */
export async function deleteTrial(db: Db, { queue, taskIds }: TrialRows): Promise<void> {
  await db.query(DELETE, [queue, taskIds])
}

// Tasks are found by their ids, since no index knows the queue of one that is finished.
const DELETE = `
with gone as (
  delete from taskproc.tasks t where t.id = any ($2::bigint[]) and t.queue = $1 returning t.id
), logs as (
  delete from taskproc.task_logs where task_id in (select id from gone)
), tallied as (
  delete from taskproc.tallies where queue = $1
), left_over as (
  delete from taskproc.processes where queues = array[$1] returning id
)
delete from taskproc.sleepers where process_id in (select id from left_over)`

/** How many of these tasks are done. */
export async function countDone(db: Db, taskIds: readonly TaskId[]): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::float8 as n from taskproc.tasks where id = any ($1::bigint[]) and status = 'done'`,
    [taskIds],
  )
  return rows[0]?.n ?? 0
}

/** Whether this database has a process of that id and name. */
export async function hasProcess(db: Db, id: TaskId, name: string): Promise<boolean> {
  const { rowCount } = await db.query('select from taskproc.processes where id = $1 and name = $2', [
    id,
    name,
  ])
  return rowCount === 1
}
