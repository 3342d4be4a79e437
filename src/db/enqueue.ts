// Enqueue: new work, in one INSERT for a whole batch, with a wake-up for those who sleep.
import { LIMITS } from '../task/limits.ts'
import { type NewTask, type TaskDocument, type TaskId, taskId } from '../task/task.ts'
import { iso } from './documents.ts'
import type { Db } from './pool.ts'

/**
 * Inserts a batch (at most LIMITS.batchRows) and returns the ids in the order of `tasks`; null stands for a task whose
 * unique_key a live task has already. `db` may be inside a transaction of the caller's: then all of it commits or
 * none, and the wake-up goes out at the commit.
 *
 * The last CTE notifies, through the same function as the enqueue of plain SQL (see the migrations).
 */
export async function enqueue(db: Db, tasks: readonly NewTask[]): Promise<(TaskId | null)[]> {
  if (tasks.length === 0) return []
  if (tasks.length > LIMITS.batchRows)
    throw new Error(`enqueue takes ${LIMITS.batchRows} tasks at most, got ${tasks.length}`)
  return insert(db, JSON.stringify(tasks.map(row)))
}

/** The same, with the documents of the tasks that were inserted. */
export async function enqueueDocuments(db: Db, tasks: readonly NewTask[]): Promise<(TaskDocument | null)[]> {
  const { rows } = await db.query<Inserted>(ENQUEUE_DOCUMENTS, [JSON.stringify(tasks.map(row))])
  return tasks.map((task, index) => {
    const inserted = rows[index]
    return inserted?.id == null ? null : documentOf(task, { ...inserted, id: inserted.id })
  })
}

interface Inserted {
  id: TaskId | null
  run_at: string
  created_at: string
}

/** What the table has for a new task, known without a second look; only the order of keys in its payload may differ. */
function documentOf(task: NewTask, { id, run_at, created_at }: Inserted & { id: TaskId }): TaskDocument {
  const { kind, queue, payload, priority, max_attempts, unique_key } = row(task)
  return {
    id,
    kind,
    queue,
    status: 'pending',
    payload,
    priority,
    attempts: 0,
    max_attempts,
    crashes: 0,
    claim_number: 0,
    run_at,
    claimed_by: null,
    claimed_at: null,
    finished_at: null,
    result: null,
    error: null,
    unique_key,
    created_at,
    updated_at: created_at,
  }
}

/** A function of its own, so that the tasks need not stay in memory while the database works on their text. */
async function insert(db: Db, rows: string): Promise<(TaskId | null)[]> {
  const { rows: answers } = await db.query<{ ids: (string | null)[] }>(ENQUEUE, [rows])
  return (answers[0]?.ids ?? []).map((id) => (id === null ? null : taskId(id)))
}

/** A line of the input of the statements below, with every default. */
function row(task: NewTask) {
  return {
    kind: task.kind,
    payload: task.payload ?? null,
    queue: task.queue ?? 'default',
    priority: task.priority ?? 0,
    run_at: task.runAt ?? null,
    delay_ms: task.delayMs ?? 0,
    max_attempts: task.maxAttempts ?? 3,
    unique_key: task.uniqueKey ?? null,
    timeout_ms: task.timeoutMs ?? null,
    backoff_ms: task.backoffMs ?? null,
    // Most have none: left out, it costs nothing.
    trace: task.trace,
  }
}

// Ids are drawn before the insert, so that each line of the input knows its own, whatever ON CONFLICT leaves out.
const INSERT = `
with input as materialized (
  select nextval(pg_get_serial_sequence('taskproc.tasks', 'id')) as id, i.*,
         coalesce(i.run_at, now() + i.delay_ms * interval '1 millisecond') as due_at
  from rows from (json_to_recordset($1::json) as (
    kind text, payload jsonb, queue text, priority smallint, run_at timestamptz, delay_ms double precision,
    max_attempts integer, unique_key text, timeout_ms integer, backoff_ms integer, trace text)) with ordinality as i(
    kind, payload, queue, priority, run_at, delay_ms, max_attempts, unique_key, timeout_ms, backoff_ms, trace, place)
), inserted as (
  insert into taskproc.tasks (id, kind, payload, queue, priority, run_at, max_attempts, unique_key, timeout_ms, backoff_ms, trace)
  overriding system value
  select id, kind, coalesce(payload, 'null'), queue, priority, due_at, max_attempts, unique_key, timeout_ms, backoff_ms, trace
  -- In one order everywhere: two batches with the same keys wait for each other, and do not deadlock.
  from input order by unique_key, place
  on conflict (unique_lock) where unique_lock is not null do nothing
  returning id, queue, run_at, created_at
), woken as (
  select taskproc.wake(queue, min(run_at)) from inserted group by queue
)`

const ENQUEUE = `${INSERT}
select array_agg(inserted.id::text order by input.place) as ids, (select count(*) from woken) as woken
from input left join inserted on inserted.id = input.id`

const ENQUEUE_DOCUMENTS = `${INSERT}
select inserted.id, ${iso('inserted.run_at')} as run_at, ${iso('inserted.created_at')} as created_at,
  (select count(*) from woken) as woken
from input left join inserted on inserted.id = input.id order by input.place`
