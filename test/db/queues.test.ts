// Queues: what a pause keeps from being claimed, whatever a process knew before it, and whom a resume wakes.
import { beforeEach, expect, it } from 'vitest'
import { claim } from '../../src/db/claim.ts'
import { look } from '../../src/db/look.ts'
import { pause, readQueues, resume } from '../../src/db/queues.ts'
import { isAnythingLeft } from '../../src/db/remaining.ts'
import { claimSuspect } from '../../src/db/suspects.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { addClaimed, addProcess, addTask, addTasks, deleteAll, lane } from './fixtures.ts'
import { listenToActs } from './heard.ts'

const { url, pool } = await testDatabase()
const heardDuring = await listenToActs(url, pool)
let me: TaskId

beforeEach(async () => {
  await deleteAll(pool)
  await pool.query('delete from taskproc.queues')
  me = await addProcess(pool)
})

/** Adds a task to each of these queues and says which of them a claim takes from. */
async function claimedFrom(...queues: string[]): Promise<string[]> {
  for (const queue of queues) await addTask(pool, { queue })
  const { claims } = await claim(
    pool,
    me,
    100,
    queues.map((queue) => lane({ queue })),
  )
  await pool.query('delete from taskproc.tasks')
  return claims.map(({ queue }) => queue)
}

it('are all claimed while nothing was said about any', async () => {
  expect(await readQueues(pool)).toEqual([])
  expect(await claimedFrom('a', 'b')).toEqual(['a', 'b'])
})

it('that are paused give nothing to a claim, also one that was planned before', async () => {
  await addTasks(pool, 3, { queue: 'a' })
  await addTasks(pool, 2, { queue: 'b' })
  const planned = [lane({ queue: 'a' }), lane({ queue: 'b' })]
  await pause(pool, 'a')
  const { claims } = await claim(pool, me, 100, planned)
  expect(claims.map(({ queue }) => queue)).toEqual(['b', 'b'])
  await resume(pool, 'a')
  expect((await claim(pool, me, 100, planned)).claims).toHaveLength(3)
})

it('are all paused at once, also those that are used later', async () => {
  await pause(pool, null)
  expect(await claimedFrom('a', 'b', 'never seen before')).toEqual([])
  expect(await readQueues(pool)).toEqual([{ queue: null, paused_at: expect.stringMatching(/^\d.*Z$/) }])
})

it('are resumed one by one while every other one stays paused', async () => {
  await pause(pool, null)
  await resume(pool, 'b')
  expect(await claimedFrom('a', 'b', 'c')).toEqual(['b'])
  expect(await readQueues(pool)).toEqual([
    { queue: null, paused_at: expect.any(String) },
    { queue: 'b', paused_at: null },
  ])
  await pause(pool, 'b')
  expect(await claimedFrom('a', 'b', 'c')).toEqual([])
})

it('are all resumed at once, whatever was said before', async () => {
  for (const queue of ['a', null, 'b']) await pause(pool, queue)
  await resume(pool, 'c')
  await resume(pool, null)
  expect(await claimedFrom('a', 'b', 'c', 'd')).toEqual(['a', 'b', 'c', 'd'])
  expect(await readQueues(pool)).toEqual([])
})

it('that were exceptions are paused by the next pause of every queue', async () => {
  await pause(pool, null)
  await resume(pool, 'a')
  await pause(pool, null)
  expect(await claimedFrom('a', 'b')).toEqual([])
})

it('stay paused since the first time, and a resume of one that is not paused says nothing', async () => {
  await pause(pool, 'a')
  const before = await readQueues(pool)
  await pause(pool, 'a')
  expect(await readQueues(pool)).toEqual(before)
  await resume(pool, 'b')
  expect(await readQueues(pool)).toEqual(before)
})

const looked = (queues: string[] | null) =>
  look(pool, { processId: me, queues, kinds: ['noop'], minCrashes: 2 }, 'nothing')
const lanesOf = async (queues: string[] | null) => (await looked(queues)).lanes
const isSuspectDue = async () => (await looked(null)).isSuspectDue

it('that are paused have no lanes', async () => {
  for (const queue of ['a', 'b']) await addTask(pool, { queue })
  await pause(pool, 'a')
  expect((await lanesOf(null)).map(({ queue }) => queue)).toEqual(['b'])
  await pause(pool, null)
  expect(await lanesOf(null)).toEqual([])
  await resume(pool, 'a')
  expect((await lanesOf(['a', 'b'])).map(({ queue }) => queue)).toEqual(['a'])
})

it('that are paused keep their suspects too', async () => {
  await addTask(pool, { queue: 'a', crashes: 2 })
  await pause(pool, 'a')
  expect(await isSuspectDue()).toBe(false)
  expect(await claimSuspect(pool, me, 2)).toBeNull()
  await resume(pool, 'a')
  expect(await isSuspectDue()).toBe(true)
  expect(await claimSuspect(pool, me, 2)).toMatchObject({ queue: 'a' })
})

it('that are paused leave nothing to wait for, but for what runs', async () => {
  await addTask(pool, { queue: 'a' })
  await pause(pool, 'a')
  expect(await isAnythingLeft(pool, null, ['noop'])).toBe(false)
  await addTask(pool, { queue: 'b' })
  expect(await isAnythingLeft(pool, null, ['noop'])).toBe(true)
  expect(await isAnythingLeft(pool, ['a'], ['noop'])).toBe(false)
  await deleteAll(pool)
  me = await addProcess(pool)
  await addClaimed(pool, me, 1)
  await pause(pool, null)
  expect(await isAnythingLeft(pool, null, ['noop'])).toBe(true)
})

it('tell of a pause, so that what was claimed and not begun is given back', async () => {
  const acts = async () => {
    await pause(pool, 'a')
    await pause(pool, null)
  }
  expect(await heardDuring(acts)).toEqual(['pause a', 'pause '])
})

it('wake whoever serves them when they are resumed, asleep or about to be', async () => {
  expect(await heardDuring(() => resume(pool, 'a'))).toEqual(['work a'])
  await deleteAll(pool)
  for (const queues of [['a', 'b'], ['b'], null]) await addProcess(pool, { queues })
  await addProcess(pool, { queues: ['gone'], state: 'stopped', stopped_at: '2020-01-01T00:00:00Z' })
  const heard = await heardDuring(() => resume(pool, null))
  expect(heard.sort()).toEqual(['work ', 'work a', 'work b'])
})

it('are asked about in plain SQL by the same function', async () => {
  await pause(pool, null)
  await resume(pool, 'a')
  const { rows } = await pool.query(
    `select queue, exists (select from taskproc.pause_of(queue)) as paused from unnest('{a,b}'::text[]) as queue`,
  )
  expect(rows).toEqual([
    { queue: 'a', paused: false },
    { queue: 'b', paused: true },
  ])
})
