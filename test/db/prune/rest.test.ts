// What tasks leave behind: processes that ended long ago are deleted and what they counted is kept, as are logs of tasks that are there.
import { beforeEach, expect, it } from 'vitest'
import { pruneOrphanLogs, pruneProcesses } from '../../../src/db/prune/rest.ts'
import type { TaskId } from '../../../src/task/task.ts'
import { testDatabase } from '../../support/database.ts'
import { addProcess, addTask, deleteAll, readLogs } from '../fixtures.ts'
import { readTallies } from '../tallies.ts'

const { pool } = await testDatabase()
const at = '2020-01-01T00:00:00Z'
const HOUR_MS = 3_600_000
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

beforeEach(() => deleteAll(pool))

async function left(): Promise<TaskId[]> {
  const { rows } = await pool.query<{ id: TaskId }>('select id from taskproc.processes order by id')
  return rows.map(({ id }) => id)
}

it('deletes processes that ended and were searched so long ago, and that no task names', async () => {
  const ended = { state: 'stopped', stopped_at: at, swept_at: at }
  const old = [await addProcess(pool, ended), await addProcess(pool, { ...ended, state: 'lost' })]
  const named = await addProcess(pool, ended)
  await addTask(pool, {
    ...{ status: 'done', claimed_by: named, claimed_at: at, finished_at: at, attempts: 1, claim_number: 1 },
  })
  const kept = [
    named,
    await addProcess(pool),
    await addProcess(pool, { state: 'draining' }),
    await addProcess(pool, { state: 'lost', stopped_at: at }),
    await addProcess(pool, { ...ended, stopped_at: minutesAgo(30) }),
    await addProcess(pool, { ...ended, swept_at: minutesAgo(30) }),
  ]
  expect(await pruneProcesses(pool, HOUR_MS, 1)).toBe(1)
  expect(await left()).toEqual([old[1], ...kept])
  expect(await pruneProcesses(pool, HOUR_MS, 10)).toBe(1)
  expect(await pruneProcesses(pool, HOUR_MS, 10)).toBe(0)
  expect(await left()).toEqual(kept)
})

it('keeps a process for as long as its claims are looked for, whatever the age asked for', async () => {
  const id = await addProcess(pool, { state: 'lost', stopped_at: minutesAgo(60), swept_at: minutesAgo(12) })
  expect(await pruneProcesses(pool, 0, 10)).toBe(0)
  expect(await left()).toEqual([id])
})

it('keeps what they counted, and minds none that counted otherwise', async () => {
  const ended = { state: 'stopped', stopped_at: at, swept_at: at }
  const kinds = { a: { x: { done: 5, error: 1 }, y: { cancelled: 2 } }, b: { x: { done: 7 } } }
  await addProcess(pool, { ...ended, counters: { kinds } })
  await addProcess(pool, {
    ...ended,
    counters: { kinds: { a: { x: { done: 10, error: 0, cancelled: 0 } } } },
  })
  for (const counters of [{}, { kinds: null }, { kinds: [] }, { kinds: { a: 3 } }])
    await addProcess(pool, { ...ended, counters })
  expect(await pruneProcesses(pool, HOUR_MS, 10)).toBe(6)
  expect(await readTallies(pool)).toEqual({
    'a x': { done: 15, error: 1, cancelled: 0 },
    'a y': { done: 0, error: 0, cancelled: 2 },
    'b x': { done: 7, error: 0, cancelled: 0 },
  })
})

it('deletes the logs of tasks that are gone, a bounded number at once, and no others', async () => {
  const task = await addTask(pool)
  const gone = Array.from({ length: 5 }, (_, index) => Number(task) + 1 + index)
  await pool.query(
    `insert into taskproc.task_logs (task_id, attempt, event, level, message)
     select task_id, 1, 'log', 'info', 'line' from unnest($1::bigint[]) as task_id, generate_series(1, 7)`,
    [[task, ...gone]],
  )
  const steps = []
  for (let after: TaskId | null = 0; after !== null; ) {
    const swept = await pruneOrphanLogs(pool, after, 2)
    steps.push(swept.gone)
    after = swept.after
  }
  expect(steps.reduce((sum, each) => sum + each, 0)).toBe(35)
  expect(Math.max(...steps)).toBeLessThanOrEqual(20)
  expect(await readLogs(pool)).toMatchObject(Array.from({ length: 7 }, () => ({ task_id: task })))
})
