// Prune: what finished long enough ago goes, with its logs; everything else stays, and the tallies know of each.
import { beforeEach, expect, it } from 'vitest'
import { prune } from '../../../src/db/prune/prune.ts'
import { FINISHED } from '../../../src/task/status.ts'
import { testDatabase } from '../../support/database.ts'
import { addClaimed, addProcess, addTask, addTasks, deleteAll, readLogs, readTasks } from '../fixtures.ts'
import { readTallies } from '../tallies.ts'

const { pool } = await testDatabase()
const DAY_MS = 86_400_000
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString()
const ended = (days: number) => ({ finished_at: daysAgo(days), attempts: 1, claim_number: 1 })
const held = { claimed_by: 1, claimed_at: daysAgo(9) }
const done = (days: number) => ({ ...ended(days), ...held, status: 'done' })
const error = (days: number) => ({ ...ended(days), ...held, status: 'error', error: 'no luck' })
const cancelled = (days: number) => ({ ...ended(days), status: 'cancelled' })
const WEEK = { olderThanMs: 7 * DAY_MS }

beforeEach(() => deleteAll(pool))

async function addLogs(taskId: unknown, lines: number): Promise<void> {
  await pool.query(
    `insert into taskproc.task_logs (task_id, attempt, event, level, message)
     select $1::bigint, 1, 'log', 'info', 'line' from generate_series(1, $2)`,
    [taskId, lines],
  )
}

it('deletes what finished so long ago, whatever its status, with its logs', async () => {
  const old = [await addTask(pool, done(8)), await addTask(pool, error(8)), await addTask(pool, cancelled(8))]
  const young = [
    await addTask(pool, done(6)),
    await addTask(pool, error(6)),
    await addTask(pool, cancelled(6)),
  ]
  for (const id of [old[1], young[1]]) await addLogs(id, 3)
  const pruned = await prune(pool, [...young, ...old], WEEK)
  expect(pruned).toEqual(old.map((id, index) => ({ id, status: FINISHED[index] })))
  expect((await readTasks(pool)).map(({ id }) => id)).toEqual(young)
  expect(await readLogs(pool)).toMatchObject(Array.from({ length: 3 }, () => ({ task_id: young[1] })))
  expect(await readTallies(pool)).toEqual({ 'default noop': { done: -1, error: -1, cancelled: -1 } })
})

it('never deletes what is pending or runs, however old and whatever the filter says', async () => {
  const me = await addProcess(pool)
  const [running] = await addClaimed(pool, me, 1)
  const pending = await addTask(pool, { created_at: daysAgo(400), run_at: daysAgo(400) })
  await pool.query('update taskproc.tasks set created_at = $1, claimed_at = $1 where id = $2', [
    daysAgo(400),
    running?.id,
  ])
  const ids = [running?.id ?? 0, pending]
  expect(await prune(pool, ids, WEEK)).toEqual([])
  expect(await prune(pool, ids, { status: ['pending', 'in_progress'], olderThanMs: 0 })).toEqual([])
  expect(await readTasks(pool)).toHaveLength(2)
})

it('deletes of what it was given only what the filter means', async () => {
  const wanted = await addTask(pool, { ...error(8), queue: 'a', kind: 'mails' })
  const others = [
    await addTask(pool, { ...error(8), queue: 'b', kind: 'mails' }),
    await addTask(pool, { ...done(8), queue: 'a', kind: 'mails' }),
  ]
  const filter = { ...WEEK, status: ['error'], queue: ['a'], error: 'LUCK' } as const
  expect(await prune(pool, [...others, wanted], filter)).toEqual([{ id: wanted, status: 'error' }])
  expect(await readTallies(pool)).toEqual({ 'a mails': { done: 0, error: -1, cancelled: 0 } })
})

it('goes task by task where each has many logs, and leaves none behind', async () => {
  const ids = await addTasks(pool, 5, error(8))
  for (const id of ids) await addLogs(id, 4000)
  expect(await prune(pool, ids, WEEK)).toHaveLength(5)
  expect(await readLogs(pool)).toEqual([])
  expect(await readTallies(pool)).toEqual({ 'default noop': { done: 0, error: -5, cancelled: 0 } })
})

it('passes over what another transaction has locked', async () => {
  const [locked, ...free] = await addTasks(pool, 3, error(8))
  const client = await pool.connect()
  await client.query('begin')
  await client.query('select from taskproc.tasks where id = $1 for update', [locked])
  expect((await prune(pool, [locked ?? 0, ...free], WEEK)).map(({ id }) => id)).toEqual(free)
  await client.query('rollback')
  client.release()
  expect(await prune(pool, [locked ?? 0], WEEK)).toHaveLength(1)
})
