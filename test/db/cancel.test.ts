// Cancel: what pends is cancelled at once, what runs is told, and every id gets its answer.
import { beforeEach, expect, it } from 'vitest'
import { cancel, readCancelRequests } from '../../src/db/cancel.ts'
import { listen } from '../../src/db/listen.ts'
import { settle } from '../../src/db/settle.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import {
  addClaimed,
  addProcess,
  addTask,
  changes,
  deleteAll,
  nowPlus,
  readLogs,
  readTask,
  rolledBack,
} from './fixtures.ts'
import { readTallies } from './tallies.ts'

const { url, pool } = await testDatabase()
let me: TaskId

beforeEach(async () => {
  await deleteAll(pool)
  me = await addProcess(pool)
})

it('answers for each id in its order: cancelled, requested, finished, unknown', async () => {
  const [running] = await addClaimed(pool, me, 1)
  const finished = await addTask(pool, { status: 'cancelled', finished_at: '2020-01-01T00:00:00Z' })
  const pending = await addTask(pool)
  const ids = [987_654, running?.id ?? 0, finished, pending]
  const answers = ['unknown', 'requested', 'finished', 'cancelled']
  expect((await cancel(pool, ids, 'somebody')).map(({ id, answer }) => [id, answer])).toEqual(
    ids.map((id, index) => [id, answers[index]]),
  )
  expect(await readLogs(pool)).toMatchObject([
    { task_id: running?.id, event: 'cancelled', process: 'somebody', message: 'told to stop', attempt: 1 },
    { task_id: pending, event: 'cancelled', process: 'somebody', message: 'cancelled', attempt: 0 },
  ])
})

it('changes of a pending task what ends it, and of a running one only the request', async () => {
  await rolledBack(pool, async (db) => {
    const now = await nowPlus(db)
    const [running] = await addClaimed(db, me, 1)
    const pending = await addTask(db)
    await db.query(`update taskproc.tasks set updated_at = '2020-01-01'`)
    const before = [await readTask(db, pending), await readTask(db, running?.id ?? 0)] as const
    await cancel(db, [pending, running?.id ?? 0], 'somebody')
    expect(changes(before[0], await readTask(db, pending))).toEqual({
      ...{ status: 'cancelled', finished_at: now, cancel_requested: true, claimable: false, updated_at: now },
    })
    expect(changes(before[1], await readTask(db, running?.id ?? 0))).toEqual({
      cancel_requested: true,
      updated_at: now,
    })
    expect(await readCancelRequests(db, [pending, running?.id ?? 0, 987_654])).toEqual(
      [running?.id, pending].sort(),
    )
  })
})

it('tells whoever listens of running tasks alone', async () => {
  const heard: TaskId[] = []
  const hearing = { onWork: () => {}, onCancel: (id: TaskId) => heard.push(id) }
  const listening = await listen({ url, applicationName: 'test' }, pool, hearing)
  const [first, second] = await addClaimed(pool, me, 2)
  await cancel(pool, [await addTask(pool), first?.id ?? 0], 'somebody')
  await cancel(pool, [second?.id ?? 0], 'somebody')
  await eventually('the second cancellation', () => heard.includes(second?.id ?? 0))
  expect(heard).toEqual([first?.id, second?.id])
  await listening.close()
})

it('counts what it cancels in the tallies, and not what it only tells to stop', async () => {
  const [running] = await addClaimed(pool, me, 1)
  await cancel(pool, [running?.id ?? 0, await addTask(pool), await addTask(pool, { queue: 'a' })], 'somebody')
  expect(await readTallies(pool)).toEqual({
    'a noop': { done: 0, error: 0, cancelled: 1 },
    'default noop': { done: 0, error: 0, cancelled: 1 },
  })
})

it('tells a running task again who was told before, and keeps it once in history', async () => {
  const [running] = await addClaimed(pool, me, 1)
  for (let time = 0; time < 2; time++)
    expect(await cancel(pool, [running?.id ?? 0], 'somebody')).toMatchObject([{ answer: 'requested' }])
  expect(await readLogs(pool)).toHaveLength(1)
})

it('with a filter waits for nobody, and cancels only what is meant still', async () => {
  const [running, settling] = await addClaimed(pool, me, 2)
  if (running === undefined || settling === undefined) throw new Error('nothing claimed')
  const pending = await addTask(pool)
  const client = await pool.connect()
  await client.query('begin')
  await settle(client, 'me', [{ claim: settling, settlement: { verb: 'complete', result: '1' }, tookMs: 1 }])
  const filter = { status: ['pending'] } as const
  const ids = [running.id, settling.id, pending]
  expect((await cancel(pool, ids, 'somebody', filter)).map(({ answer, reason }) => [answer, reason])).toEqual(
    [
      ['unknown', 'in_progress'],
      ['unknown', 'in_progress'],
      ['cancelled', null],
    ],
  )
  const both = { status: ['pending', 'in_progress'] } as const
  const [, waits] = await cancel(pool, ids, 'somebody', both)
  expect(waits).toMatchObject({ answer: 'unknown', reason: 'in_progress' })
  await client.query('commit')
  client.release()
})

it('waits for an outcome that is being written, and then has nothing to cancel', async () => {
  const [claim] = await addClaimed(pool, me, 1)
  if (claim === undefined) throw new Error('nothing claimed')
  const client = await pool.connect()
  await client.query('begin')
  await settle(client, 'me', [{ claim, settlement: { verb: 'complete', result: '1' }, tookMs: 1 }])
  const cancelled = cancel(pool, [claim.id], 'somebody')
  const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  await eventually('cancel to wait', async () => (await pool.query(waits)).rows.length > 0)
  await client.query('commit')
  client.release()
  expect(await cancelled).toMatchObject([{ answer: 'finished' }])
  expect(await readTask(pool, claim.id)).toMatchObject({ status: 'done', cancel_requested: false })
})
