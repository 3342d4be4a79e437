// Tasks as documents.
import type { TaskDocument, TaskId } from '../task/task.ts'
import type { Db } from './db.ts'

/** ISO 8601 in UTC with microseconds, whatever the time zone of the session. */
export function iso(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}

/** The columns of a task document, of `tasks t` and its process `p`: the table holds the id of the row, not the name. */
export const TASK = `
t.id, t.kind, t.queue, t.status, t.payload, t.priority, t.attempts, t.max_attempts, t.crashes, t.claim_number,
${iso('t.run_at')} as run_at,
case when t.claimed_by is not null then coalesce(p.name, 'process ' || t.claimed_by) end as claimed_by,
${iso('t.claimed_at')} as claimed_at, ${iso('t.finished_at')} as finished_at, t.result, t.error, t.unique_key,
${iso('t.created_at')} as created_at, ${iso('t.updated_at')} as updated_at`

/** The document of one task, or null where there is none. */
export async function readTask(db: Db, id: TaskId): Promise<TaskDocument | null> {
  const { rows } = await db.query<TaskDocument>(READ_TASK, [id])
  return rows[0] ?? null
}

const READ_TASK = `
select ${TASK} from taskproc.tasks t left join taskproc.processes p on p.id = t.claimed_by where t.id = $1`
