// What a hint may be about: new lanes of its queue, and what is due later, whatever lies dead in front of the others.
import { beforeEach, expect, it } from 'vitest'
import { lookAtQueues } from '../../src/db/hinted-lanes.ts'
import { look } from '../../src/db/look.ts'
import type { LaneName } from '../../src/task/lane.ts'
import { testDatabase } from '../support/database.ts'
import { explain } from './explain.ts'
import { addTask, addTasks, deleteAll } from './fixtures.ts'

const { pool } = await testDatabase()
const KNOWN: LaneName = { queue: 'default', kind: 'noop', priority: 0 }

beforeEach(() => deleteAll(pool))

async function found(known: readonly LaneName[], queues = ['default'], kinds = ['noop']) {
  const lanes = await lookAtQueues(pool, queues, kinds, known)
  return lanes.map(
    ({ queue, kind, priority, isNew }) => `${isNew ? 'new' : 'known'} ${queue} ${kind} ${priority}`,
  )
}

it('are the known ones and, of each stretch of priorities between them, the one with the largest', async () => {
  for (const priority of [-32_768, -7, 0, 1, 5, 9, 32_767]) await addTasks(pool, 2, { priority })
  const known = [KNOWN, { ...KNOWN, priority: 1 }, { ...KNOWN, priority: 9 }]
  expect((await found(known)).toSorted()).toEqual([
    ...['known default noop 0', 'known default noop 1', 'known default noop 9'],
    ...['new default noop -7', 'new default noop 32767', 'new default noop 5'],
  ])
  expect(await found([])).toEqual(['new default noop 32767'])
})

it('are of the queues and kinds that are asked for, and hold a task', async () => {
  expect(await found([])).toEqual([])
  await addTask(pool, { queue: 'other' })
  await addTask(pool, { kind: 'foreign' })
  const known = { ...KNOWN, queue: 'other' }
  expect(await found([known])).toEqual([])
  expect(await found([known], ['default', 'other', 'none'])).toEqual(['known other noop 0'])
  expect(await found([], ['default'], ['noop', 'foreign'])).toEqual(['new default foreign 0'])
})

it('know when their next task is due that is not due yet', async () => {
  await addTasks(pool, 3)
  await addTask(pool, { run_at: '2999-01-01T00:00:00Z' })
  await addTask(pool, { priority: 3, run_at: '2998-01-01T00:00:00Z' })
  await addTask(pool, { priority: 4 })
  const known = [KNOWN, { ...KNOWN, priority: 3 }]
  const lanes = await lookAtQueues(pool, ['default'], ['noop'], known)
  const years = lanes.map(({ priority, dueInMs }) => [
    priority,
    dueInMs === null ? null : new Date(Date.now() + dueInMs + 60_000).getUTCFullYear(),
  ])
  expect(years.toSorted()).toEqual([
    [0, 2999],
    [3, 2998],
    [4, null],
  ])
})

it('are found without a look at what lies dead in front of the others', async () => {
  const holder = await pool.connect()
  await holder.query('begin isolation level repeatable read; select 1 from taskproc.tasks')
  await addTasks(pool, 20_000, { kind: 'foreign' })
  await addTasks(pool, 20_000)
  const at = '2026-01-01T00:00:00Z'
  await pool.query(
    `update taskproc.tasks set status = 'done', claimed_by = 1, claimed_at = $1, finished_at = $1, attempts = 1, claim_number = 1`,
    [at],
  )
  await addTask(pool, { priority: 2 })
  await addTask(pool, { run_at: '2999-01-01T00:00:00Z' })
  const looker = { processId: 1, queues: null, kinds: ['noop'], minCrashes: 2 }
  const whole = await explain(pool, (db) => look(db, looker, 'nothing'))
  const hinted = await explain(pool, (db) => lookAtQueues(db, ['default'], ['noop'], [KNOWN]))
  await holder.query('rollback')
  holder.release()
  expect(hinted.accesses).toEqual(['tasks_claim'])
  expect(hinted.buffers).toBeLessThan(40)
  expect(whole.buffers).toBeGreaterThan(20 * hinted.buffers)
})
