// Enqueue: whom it wakes. A notification costs a lock that is global to the server, so it goes out only to sleepers.
import { beforeEach, expect, it } from 'vitest'
import { enqueue } from '../../src/db/enqueue.ts'
import { fallAsleep, wakeUp } from '../../src/db/sleepers.ts'
import type { NewTask } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { addProcess, deleteAll, rolledBack } from './fixtures.ts'
import { listenToActs } from './heard.ts'

const { url, pool } = await testDatabase()
const heardDuring = await listenToActs(url, pool)

beforeEach(() => deleteAll(pool))

function enqueueTo(queue: string, task: Partial<NewTask> = {}): Promise<unknown> {
  return enqueue(pool, [{ kind: 'noop', queue, ...task }])
}

it('is nobody when nobody sleeps', async () => {
  expect(await heardDuring(() => enqueueTo('a'))).toEqual([])
})

it('is the sleeper of the queue, or of all queues, and nobody who woke up', async () => {
  const [one, all] = [await addProcess(pool), await addProcess(pool)]
  await fallAsleep(pool, one, ['a', 'b'], 60_000)
  expect(await heardDuring(() => enqueueTo('a'))).toEqual(['work a'])
  expect(await heardDuring(() => enqueueTo('c'))).toEqual([])
  await fallAsleep(pool, all, null, 60_000)
  expect(await heardDuring(() => enqueueTo('c'))).toEqual(['work c'])
  await wakeUp(pool, all)
  expect(await heardDuring(() => enqueueTo('c'))).toEqual([])
  await wakeUp(pool, one)
  expect(await heardDuring(() => enqueueTo('a'))).toEqual([])
})

it('is somebody only when the work is due before the sleeper looks by itself', async () => {
  await fallAsleep(pool, await addProcess(pool), null, 60_000)
  expect(await heardDuring(() => enqueueTo('a', { delayMs: 30_000 }))).toEqual(['work a'])
  expect(await heardDuring(() => enqueueTo('a', { delayMs: 90_000 }))).toEqual([])
  expect(await heardDuring(() => enqueueTo('a', { runAt: '2999-01-01T00:00:00Z' }))).toEqual([])
})

it('is a sleeper that overslept, for work that is due now', async () => {
  await fallAsleep(pool, await addProcess(pool), null, -60_000)
  expect(await heardDuring(() => enqueueTo('a'))).toEqual(['work a'])
  expect(await heardDuring(() => enqueueTo('a', { delayMs: 1000 }))).toEqual([])
})

it('is told once for each queue of a batch, for its soonest task', async () => {
  await fallAsleep(pool, await addProcess(pool), null, 60_000)
  const batch = [
    { kind: 'noop', queue: 'a' },
    { kind: 'noop', queue: 'a' },
    { kind: 'noop', queue: 'b', delayMs: 90_000 },
    { kind: 'noop', queue: 'b', delayMs: 10 },
    { kind: 'noop', queue: 'c', delayMs: 90_000 },
  ]
  const heard = await heardDuring(() => enqueue(pool, batch))
  expect(heard.sort()).toEqual(['work a', 'work b'])
})

it('is told once for many tasks that are alike, in their queue', async () => {
  await fallAsleep(pool, await addProcess(pool), ['a'], 60_000)
  const alike = (queue: string) => Array.from({ length: 3 }, () => ({ kind: 'noop', queue }))
  expect(await heardDuring(() => enqueue(pool, alike('a')))).toEqual(['work a'])
  expect(await heardDuring(() => enqueue(pool, alike('b')))).toEqual([])
})

it('is nobody for a task that a unique_key left out', async () => {
  await enqueueTo('a', { uniqueKey: 'u' })
  await fallAsleep(pool, await addProcess(pool), null, 60_000)
  expect(await heardDuring(() => enqueueTo('a', { uniqueKey: 'u' }))).toEqual([])
})

it('is nobody before the commit, and nobody at all without one', async () => {
  await fallAsleep(pool, await addProcess(pool), null, 60_000)
  const abandoned = () => rolledBack(pool, (db) => enqueue(db, [{ kind: 'noop', queue: 'a' }]))
  expect(await heardDuring(abandoned)).toEqual([])
  const client = await pool.connect()
  await client.query('begin')
  expect(await heardDuring(() => enqueue(client, [{ kind: 'noop', queue: 'a' }]))).toEqual([])
  expect(await heardDuring(() => client.query('commit'))).toEqual(['work a'])
  client.release()
})
