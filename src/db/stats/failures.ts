// What failed for good lately.
import type { TaskId } from '../../task/task.ts'
import type { Db } from '../db.ts'

export interface Failure {
  id: TaskId
  kind: string
  queue: string
  /** The beginning of its error text. */
  error: string
  ago_seconds: number
}

/** Of so many of the newest tasks in error; an older one that failed again after a retry may not be among them. */
const LOOKED_AT = 500

/** The tasks that ended in error last, the latest first, at most `limit`. */
export async function readFailures(db: Db, limit: number): Promise<Failure[]> {
  const { rows } = await db.query<Failure>(FAILURES, [LOOKED_AT, limit])
  return rows
}

// The index knows the ids of what failed and not the times: a bounded number of rows is sorted here.
const FAILURES = `
select id, kind, queue, left(error, 300) as error, extract(epoch from now() - finished_at)::float8 as ago_seconds
from (select * from taskproc.tasks where failed order by id desc limit $1) as newest
order by finished_at desc, id desc limit $2`
