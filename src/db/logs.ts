// The lines that handlers log, kept with their attempt.
import type { TaskId } from '../task/task.ts'
import type { Db } from './db.ts'

export interface LogLine {
  taskId: TaskId
  attempt: number
  line: string
  /** When it was said, by the clock of the database, in seconds since 1970; null: now. */
  atS: number | null
}

/** Appends a batch of lines. */
export async function appendLogs(db: Db, processName: string, lines: readonly LogLine[]): Promise<void> {
  await db.query(APPEND, [
    processName,
    lines.map(({ taskId }) => taskId),
    lines.map(({ attempt }) => attempt),
    lines.map(({ line }) => line),
    lines.map(({ atS }) => atS),
  ])
}

const APPEND = `
insert into taskproc.task_logs (task_id, attempt, process, event, level, message, at)
select task_id, attempt, $1, 'log', 'info', line, least(now(), to_timestamp(at_s))
from unnest($2::bigint[], $3::integer[], $4::text[], $5::float8[]) as said(task_id, attempt, line, at_s)`
