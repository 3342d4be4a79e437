// A task and the rows of its log, with times as `+3.5` seconds since it was enqueued.
import type { HistoryRow } from '../../../src/db/history.ts'
import type { TaskDocument } from '../../../src/task/task.ts'

const START_MS = Date.parse('2030-01-31T09:00:00Z')

/** ISO 8601 in microseconds, as the database writes it. */
export function time(seconds: number): string {
  return new Date(START_MS + seconds * 1000).toISOString().replace('Z', '000Z')
}

export function timeMs(seconds: number): number {
  return START_MS + seconds * 1000
}

export function task(columns: Partial<TaskDocument> = {}): TaskDocument {
  return {
    ...{
      id: 42,
      kind: 'emails',
      queue: 'default',
      status: 'pending',
      payload: null,
      priority: 0,
      attempts: 0,
    },
    ...{ max_attempts: 3, crashes: 0, claim_number: 0, run_at: time(0), claimed_by: null, claimed_at: null },
    ...{ finished_at: null, result: null, error: null, unique_key: null, created_at: time(0) },
    updated_at: time(0),
    ...columns,
  }
}

let rows = 0

export function row(event: HistoryRow['event'], at: number, columns: Partial<HistoryRow> = {}): HistoryRow {
  rows++
  const message = event === 'log' ? 'a line' : event
  return {
    id: rows,
    at: time(at),
    event,
    level: 'info',
    attempt: 1,
    process: 'one',
    message,
    started_at: null,
    claimed_at: null,
    ...columns,
  }
}
