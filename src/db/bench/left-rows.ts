// What a benchmark or a race that was killed left in somebody's own database: found by the names of its queues.
import type { TaskId } from '../../task/task.ts'
import type { Db } from '../db.ts'
import { LANE } from '../lanes.ts'
import { isMarked } from './mark.ts'
import { deleteTrial } from './trial.ts'

/** Rows are taken away in small bites, so that nobody waits for a lock. */
const ROWS_PER_DELETE = 1_000

/** The queues of measurements that nobody is at work for. Its cost does not grow with the number of tasks. */
export async function readLeftQueues(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(LEFT)
  return rows.map(({ name }) => name)
}

const LEFT = `
with recursive ${LANE}, named as (
  select queue as name from lane
  union select unnest(queues) from taskproc.processes
  union select queue from taskproc.tallies
  union select unnest(queues) from taskproc.sleepers
)
select name from named where name ~ '^taskproc-(bench|race)-[0-9a-f]{12}$' and not ${isMarked('name')}
order by name`

/** Deletes what is left of `queue`, and returns how many tasks that was. It looks at every task: `db` must have the time. */
export async function deleteLeftRows(db: Db, queue: string): Promise<number> {
  const { rows } = await db.query<{ id: TaskId }>('select id from taskproc.tasks where queue = $1', [queue])
  const taskIds = rows.map(({ id }) => id)
  await deleteTrialRows(db, { queue, taskIds })
  return taskIds.length
}

/** All rows of a trial, however many. */
export async function deleteTrialRows(
  db: Db,
  { queue, taskIds }: { queue: string; taskIds: readonly TaskId[] },
): Promise<void> {
  for (let at = 0; at === 0 || at < taskIds.length; at += ROWS_PER_DELETE)
    await deleteTrial(db, { queue, taskIds: taskIds.slice(at, at + ROWS_PER_DELETE) })
}
