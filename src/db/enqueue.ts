// Enqueue: new work, in one INSERT for a whole batch, with a wake-up for those who sleep.
import { LIMITS } from '../task/limits.ts'
import { type NewTask, type TaskDocument, type TaskId, taskId } from '../task/task.ts'
import type { Db } from './db.ts'
import {
  BATCH,
  DOCUMENTS,
  KEYED_BATCH,
  KEYED_DOCUMENTS,
  ONE,
  ONE_DOCUMENT,
  PLAIN_BATCH,
} from './enqueue-statements.ts'
import { batchValues, DEFAULTS, isKeyed, oneValues, payloadText, plainValues } from './enqueue-values.ts'
import { queryOutside } from './planned.ts'

/**
 * Inserts a batch (at most LIMITS.insertRows) and returns the ids in the order of `tasks`; null stands for a task whose
 * unique_key a live task has already. `db` may be inside a transaction of the caller's: then all of it commits or
 * none, and the wake-up goes out at the commit.
 *
 * The statement notifies, through the same function as the enqueue of plain SQL (see the migrations).
 */
export async function enqueue(db: Db, tasks: readonly NewTask[]): Promise<(TaskId | null)[]> {
  return prepareEnqueue(tasks)(db)
}

/** The same in two steps: what is returned sends the batch, whose text is made already. `payloads` are theirs, as JSON. */
export function prepareEnqueue(
  tasks: readonly NewTask[],
  payloads?: readonly string[],
): (db: Db) => Promise<(TaskId | null)[]> {
  const [only] = tasks
  if (only === undefined) return async () => []
  if (tasks.length > LIMITS.insertRows)
    throw new Error(`enqueue takes ${LIMITS.insertRows} tasks at most, got ${tasks.length}`)
  if (tasks.length === 1) return async (db) => [(await insertOne(db, ONE, only))?.id ?? null]
  const [statement, values] = batchOf(tasks, payloads ?? tasks.map(payloadText))
  return (db) => insertBatch(db, statement, values)
}

/** The statement for these tasks, and what it is given. */
function batchOf(tasks: readonly NewTask[], payloads: readonly string[]): [string, unknown[]] {
  const plain = plainValues(tasks, payloads)
  if (plain !== undefined) return [PLAIN_BATCH, plain]
  return [isKeyed(tasks) ? KEYED_BATCH : BATCH, batchValues(tasks, payloads)]
}

/** The same, with the documents of the tasks that were inserted. */
export async function enqueueDocuments(db: Db, tasks: readonly NewTask[]): Promise<(TaskDocument | null)[]> {
  const [only] = tasks
  if (only === undefined) return []
  if (tasks.length === 1) return [documentOf(only, await insertOne<Inserted>(db, ONE_DOCUMENT, only))]
  const statement = isKeyed(tasks) ? KEYED_DOCUMENTS : DOCUMENTS
  const { rows } = await queryOutside<Inserted>(db, statement, batchValues(tasks, tasks.map(payloadText)))
  return tasks.map((task, index) => documentOf(task, rows[index]))
}

interface Inserted {
  /** null, as no row at all, where a live task has the key. */
  id: TaskId | null
  run_at: string
  created_at: string
}

async function insertOne<Row extends { id: TaskId | null }>(
  db: Db,
  statement: string,
  task: NewTask,
): Promise<Row | undefined> {
  const { rows } = await queryOutside<Row>(db, statement, oneValues(task))
  const [row] = rows
  // A text, so that the client of a library need not know what to make of a bigint.
  return row && { ...row, id: taskId(String(row.id)) }
}

/** A function of its own, so that the tasks need not stay in memory while the database works on their text. */
async function insertBatch(db: Db, statement: string, values: unknown[]): Promise<(TaskId | null)[]> {
  const { rows } = await queryOutside<{ ids: string }>(db, statement, values)
  return (rows[0]?.ids ?? '')
    .slice('{'.length, -'}'.length)
    .split(',')
    .map((id) => (id === 'NULL' ? null : taskId(id)))
}

/** What the table has for a new task, known without a second look; only the order of keys in its payload may differ. */
function documentOf(task: NewTask, inserted: Inserted | undefined): TaskDocument | null {
  if (inserted === undefined || inserted.id === null) return null
  const { id, run_at, created_at } = inserted
  return {
    id,
    kind: task.kind,
    queue: task.queue ?? DEFAULTS.queue,
    status: 'pending',
    payload: task.payload ?? null,
    priority: task.priority ?? DEFAULTS.priority,
    attempts: 0,
    max_attempts: task.maxAttempts ?? DEFAULTS.maxAttempts,
    crashes: 0,
    claim_number: 0,
    run_at,
    claimed_by: null,
    claimed_at: null,
    finished_at: null,
    result: null,
    error: null,
    unique_key: task.uniqueKey ?? null,
    created_at,
    updated_at: created_at,
  }
}
