// Tasks as documents, and the timeline of one task: what its own columns tell, together with its log.
import type { TaskDocument, TaskId } from '../task/task.ts'
import type { Db } from './pool.ts'

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

export interface LogItem {
  at: string
  attempt: number
  process: string | null
  level: 'debug' | 'info' | 'warn' | 'error'
  message: string
}

/** Everything that is known to have happened to a task, in its order; null where there is no such task. */
export async function readTimeline(db: Db, id: TaskId): Promise<LogItem[] | null> {
  const { rows } = await db.query<LogItem>(TIMELINE, [id])
  return rows.length === 0 ? null : rows
}

// The happy path has no log rows: enqueued, claimed and done are read from the task itself. An attempt that is over has
// its start in its log row.
const TIMELINE = `
with task as (
  select t.*, coalesce(p.name, 'process ' || t.claimed_by) as process
  from taskproc.tasks t left join taskproc.processes p on p.id = t.claimed_by where t.id = $1
), item as (
  select created_at as at, 0 as place, 0::bigint as id, 0 as attempt, null as process, 'info' as level,
    'enqueued' || case when run_at > created_at and claim_number = 0 then ', due ' || ${iso('run_at')} else '' end as message
  from task
  union all
  select claimed_at, 1, 0, attempts, process, 'info', 'claimed' from task where claimed_at is not null
  union all
  select started_at, 1, id, attempt, process, 'info', 'started'
  from taskproc.task_logs where task_id = $1 and started_at is not null
  union all
  select at, 2, id, attempt, process, level, case when event = message then event else event || ': ' || message end
    || case when started_at is not null then ' (ran ' || round(extract(epoch from at - started_at), 3) || ' s)' else '' end
  from taskproc.task_logs where task_id = $1
  union all
  select finished_at, 3, 0, attempts, process, 'info', 'done' from task where status = 'done'
)
select ${iso('at')} as at, attempt, process, level, message from item order by item.at, item.place, item.id`
