// The rows of a story: putting tasks in, looking at what became of them, and the checks that hold after every story.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { enqueue } from '../../src/db/enqueue.ts'
import type { Pool } from '../../src/db/pool.ts'
import { verify } from '../../src/db/verify.ts'
import type { Status } from '../../src/task/status.ts'
import type { JsonValue, NewTask, TaskId } from '../../src/task/task.ts'
import { tempDir } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'

export interface Row {
  readonly id: TaskId
  readonly kind: string
  readonly status: Status
  readonly attempts: number
  readonly crashes: number
  readonly claim_number: number
  readonly payload: JsonValue
  readonly result: JsonValue
  readonly error: string | null
  readonly claimed_by: TaskId | null
}

/** Enqueues `count` times the same task, and returns the ids. */
export async function put(pool: Pool, task: NewTask, count = 1): Promise<TaskId[]> {
  const ids: TaskId[] = []
  for (let left = count; left > 0; left -= 500) {
    const batch = Array.from({ length: Math.min(left, 500) }, () => task)
    ids.push(...(await enqueue(pool, batch)).filter((id) => id !== null))
  }
  return ids
}

/** Those tasks, or all; in the order of their ids. */
export async function rows(pool: Pool, ids?: readonly TaskId[]): Promise<Row[]> {
  const { rows } = await pool.query<Row>(
    'select * from taskproc.tasks where $1::bigint[] is null or id = any ($1) order by id',
    [ids],
  )
  return rows
}

export async function row(pool: Pool, id: TaskId | undefined): Promise<Row> {
  const [found] = await rows(pool, [id ?? 0])
  if (found === undefined) throw new Error(`there is no task ${id}`)
  return found
}

/** How many tasks have each status; statuses without a task are left out. */
export async function counts(pool: Pool): Promise<Partial<Record<Status, number>>> {
  const { rows } = await pool.query<{ status: Status; n: number }>(
    'select status, count(*) as n from taskproc.tasks group by status',
  )
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]))
}

/** Waits until the tasks stand so, and in no other status. */
export async function become(
  pool: Pool,
  wanted: Partial<Record<Status, number>>,
  options: { deadlineMs?: number } = {},
): Promise<void> {
  await eventually(
    JSON.stringify(wanted),
    async () => {
      expect(await counts(pool)).toEqual(wanted)
      return true
    },
    options,
  )
}

/** What history says of a task, oldest first. */
export async function history(
  pool: Pool,
  id: TaskId | undefined,
): Promise<{ event: string; message: string }[]> {
  const { rows } = await pool.query<{ event: string; message: string }>(
    'select event, message from taskproc.task_logs where task_id = $1 order by id',
    [id],
  )
  return rows
}

/** The rows of the processes that had this name, oldest first. */
export async function processesNamed(pool: Pool, name: string): Promise<{ id: TaskId; state: string }[]> {
  const { rows } = await pool.query<{ id: TaskId; state: string }>(
    'select id, state from taskproc.processes where name = $1 order by id',
    [name],
  )
  return rows
}

/** The end of every story: whatever died on the way, there is no row that must not be. */
export async function expectSound(pool: Pool): Promise<void> {
  const { checks } = await verify(pool)
  expect(checks.filter(({ count }) => count > 0)).toEqual([])
}

/** A file for the kinds that write one; removed when the test ends. */
export function notes(): { file: string; lines(): string[]; create(): void } {
  const file = join(tempDir(), 'notes')
  return {
    file,
    lines: () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []),
    create: () => writeFileSync(file, ''),
  }
}
