// Rows for the tests of db/: put straight into the tables, and read back exactly as they are stored.
import type { ProcessCounters } from '../../src/db/beat.ts'
import { claim } from '../../src/db/claim.ts'
import type { Db } from '../../src/db/db.ts'
import type { Pool } from '../../src/db/pool.ts'
import { FROM_THE_FRONT, type LaneName, type LanePosition, type LaneStart } from '../../src/task/lane.ts'
import type { Claim, JsonValue, TaskId } from '../../src/task/task.ts'
import { noTotals } from '../../src/task/totals.ts'

/** A row of `taskproc.tasks` as JSON: times as text, with their microseconds. */
export type TaskRow = Record<string, JsonValue> & { id: number }

type Columns = Record<string, unknown>

/** Inserts a row with these columns, and the table's defaults for the rest; the kind is `noop` unless it is given. */
export async function addTask(db: Db, columns: Columns = {}): Promise<TaskId> {
  return insert(db, 'tasks', { kind: 'noop', ...columns })
}

/** Inserts `count` equal rows, due at once, and returns their ids in the order in which they are claimed. */
export async function addTasks(db: Db, count: number, columns: Columns = {}): Promise<TaskId[]> {
  const values = { kind: 'noop', ...columns }
  const names = Object.keys(values).join()
  const { rows } = await db.query<{ id: TaskId }>(
    `insert into taskproc.tasks (${names}) overriding system value
     select ${names} from generate_series(1, $2), jsonb_populate_record(null::taskproc.tasks, $1) returning id`,
    [JSON.stringify(values), count],
  )
  return rows.map((row) => row.id)
}

let processes = 0

/** Inserts a running process of a name of its own. */
export async function addProcess(db: Db, columns: Columns = {}): Promise<TaskId> {
  processes += 1
  const name = `process-${processes}`
  const values = {
    name,
    host: 'host',
    pid: 1,
    version: '0',
    kinds: ['noop'],
    workers: 1,
    lease_ms: 3_600_000,
  }
  return insert(db, 'processes', { ...values, ...columns })
}

async function insert(db: Db, table: 'tasks' | 'processes', columns: Columns): Promise<TaskId> {
  const names = Object.keys(columns).join()
  const { rows } = await db.query<{ id: TaskId }>(
    `insert into taskproc.${table} (${names}) overriding system value
     select ${names} from jsonb_populate_record(null::taskproc.${table}, $1) returning id`,
    [JSON.stringify(columns)],
  )
  return rows[0]?.id ?? -1
}

/** All tasks, by id. */
export async function readTasks(db: Db): Promise<TaskRow[]> {
  const { rows } = await db.query<{ task: TaskRow }>(
    'select to_jsonb(t) as task from taskproc.tasks t order by id',
  )
  return rows.map((row) => row.task)
}

export async function readTask(db: Db, id: TaskId): Promise<TaskRow> {
  const task = (await readTasks(db)).find((row) => row.id === id)
  if (task === undefined) throw new Error(`there is no task ${id}`)
  return task
}

/** The columns in which `after` differs from `before`, with their new values. */
export function changes(before: TaskRow, after: TaskRow): Partial<TaskRow> {
  const isSame = (column: string) => JSON.stringify(before[column]) === JSON.stringify(after[column])
  return Object.fromEntries(Object.entries(after).filter(([column]) => !isSame(column)))
}

/** History without its ids and times. */
export async function readLogs(db: Db): Promise<JsonValue[]> {
  const { rows } = await db.query<{ log: JsonValue }>(
    `select to_jsonb(l) - '{id,at,started_at}'::text[] as log from taskproc.task_logs l order by id`,
  )
  return rows.map((row) => row.log)
}

export async function deleteAll(db: Db): Promise<void> {
  const tables = ['tasks', 'task_logs', 'sleepers', 'processes', 'tallies', 'queues']
  await db.query(tables.map((table) => `delete from taskproc.${table}`).join(';'))
}

/** What a process counted that did nothing, but for `changes`. */
export function counted(changes: Partial<ProcessCounters> = {}): ProcessCounters {
  return {
    totals: noTotals(),
    kinds: {},
    at_us: 0,
    settled: [],
    failed: [],
    wait_ms: {},
    run_ms: {},
    ...changes,
  }
}

/** The start of a claim in the lane of `noop` tasks, or of another. */
export function lane(
  { limit = Number.POSITIVE_INFINITY, ...name }: Partial<LaneName & { limit: number }> = {},
  after: LanePosition = FROM_THE_FRONT,
): LaneStart {
  return { queue: 'default', kind: 'noop', priority: 0, limit, ...name, ...after }
}

/** `count` tasks with these columns, claimed by this process. */
export async function addClaimed(
  db: Db,
  processId: TaskId,
  count: number,
  columns: Columns = {},
): Promise<Claim[]> {
  await addTasks(db, count, columns)
  const { claims } = await claim(db, processId, count, [lane()])
  if (claims.length !== count) throw new Error(`claimed ${claims.length} of ${count}`)
  return claims
}

/** Runs `story` in a transaction that is rolled back: its now() stands still, and nothing of it stays. */
export async function rolledBack<T>(pool: Pool, story: (db: Db) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    return await story(client)
  } finally {
    await client.query('rollback')
    client.release()
  }
}

/** The text of now() as the rows of `readTasks` have it, or of a time so many milliseconds later. */
export async function nowPlus(db: Db, ms = 0): Promise<string> {
  const { rows } = await db.query<{ at: string }>(
    `select to_jsonb(now() + $1 * interval '1 millisecond') as at`,
    [ms],
  )
  return rows[0]?.at ?? ''
}
