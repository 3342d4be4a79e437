// History: the log of one task as it is stored, for who puts it together with the task's own columns.
import type { TaskId } from '../task/task.ts'
import { HAD_BEGUN } from './begun.ts'
import type { Db } from './db.ts'
import { iso } from './documents.ts'

export interface HistoryRow {
  id: TaskId
  /** ISO 8601 in UTC. */
  at: string
  event: 'log' | 'failed' | 'snoozed' | 'released' | 'rescued' | 'cancelled' | 'retried'
  level: 'debug' | 'info' | 'warn' | 'error'
  attempt: number
  /** Its name; of what an operator did, `operator`. */
  process: string | null
  /** Cut to 1,000 characters. */
  message: string
  /** When the run began that this row ends; null where it ends none, or none that had begun. */
  started_at: string | null
  /** When it was claimed, where that is all that is known of a run that had not begun, or whose process died. */
  claimed_at: string | null
}

/** Nobody reads more at once; `taskproc logs` has the rest. A handler may log 1,000 lines in each of 1,000 attempts. */
const MAX_EVENTS = 300
const MAX_LINES = 1_000

/** The newest of its rows, oldest first: what happened to it, and apart from that what its handler logged. */
export async function readHistory(db: Db, id: TaskId): Promise<HistoryRow[]> {
  const { rows } = await db.query<HistoryRow>(HISTORY, [id, MAX_EVENTS, MAX_LINES])
  return rows
}

const HISTORY = `
select l.id, ${iso('l.at')} as at, l.event, l.level, l.attempt, l.process, left(l.message, 1000) as message,
  ${iso(`case when ${HAD_BEGUN} then l.started_at end`)} as started_at,
  ${iso(`case when not ${HAD_BEGUN} then l.started_at end`)} as claimed_at
from (
  (select * from taskproc.task_logs where task_id = $1 and event <> 'log' order by id desc limit $2)
  union all
  (select * from taskproc.task_logs where task_id = $1 and event = 'log' order by id desc limit $3)
) as l
order by l.at, l.id`
