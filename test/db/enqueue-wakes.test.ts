// Enqueue: whom it wakes. A notification costs a lock that is global to the server, so it goes out only to sleepers.
import { beforeEach, expect, it } from 'vitest'
import { enqueue } from '../../src/db/enqueue.ts'
import { listen } from '../../src/db/listen.ts'
import { fallAsleep, wakeUp } from '../../src/db/sleepers.ts'
import type { NewTask } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { addProcess, deleteAll, rolledBack } from './fixtures.ts'

const { url, pool } = await testDatabase()
const heard: string[] = []
await listen({ url, applicationName: 'test' }, pool, {
  onWork: (queue) => void heard.push(queue),
  onCancel: () => {},
})

beforeEach(() => deleteAll(pool))

/** The queues of the notifications that `act` sends. They are heard in the order of the commits: a last one ends them. */
async function heardDuring(act: () => Promise<unknown>): Promise<string[]> {
  heard.length = 0
  await act()
  await pool.query(`select pg_notify('taskproc_work', 'the end')`)
  await eventually('the end of what is heard', () => heard.at(-1) === 'the end')
  return heard.slice(0, -1).sort()
}

function enqueueTo(queue: string, task: Partial<NewTask> = {}): Promise<unknown> {
  return enqueue(pool, [{ kind: 'noop', queue, ...task }])
}

it('is nobody when nobody sleeps', async () => {
  expect(await heardDuring(() => enqueueTo('a'))).toEqual([])
})

it('is the sleeper of the queue, or of all queues, and nobody who woke up', async () => {
  const [one, all] = [await addProcess(pool), await addProcess(pool)]
  await fallAsleep(pool, one, ['a', 'b'], 60_000)
  expect(await heardDuring(() => enqueueTo('a'))).toEqual(['a'])
  expect(await heardDuring(() => enqueueTo('c'))).toEqual([])
  await fallAsleep(pool, all, null, 60_000)
  expect(await heardDuring(() => enqueueTo('c'))).toEqual(['c'])
  await wakeUp(pool, all)
  expect(await heardDuring(() => enqueueTo('c'))).toEqual([])
  await wakeUp(pool, one)
  expect(await heardDuring(() => enqueueTo('a'))).toEqual([])
})

it('is somebody only when the work is due before the sleeper looks by itself', async () => {
  await fallAsleep(pool, await addProcess(pool), null, 60_000)
  expect(await heardDuring(() => enqueueTo('a', { delayMs: 30_000 }))).toEqual(['a'])
  expect(await heardDuring(() => enqueueTo('a', { delayMs: 90_000 }))).toEqual([])
  expect(await heardDuring(() => enqueueTo('a', { runAt: '2999-01-01T00:00:00Z' }))).toEqual([])
})

it('is a sleeper that overslept, for work that is due now', async () => {
  await fallAsleep(pool, await addProcess(pool), null, -60_000)
  expect(await heardDuring(() => enqueueTo('a'))).toEqual(['a'])
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
  expect(await heardDuring(() => enqueue(pool, batch))).toEqual(['a', 'b'])
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
  expect(await heardDuring(() => client.query('commit'))).toEqual(['a'])
  client.release()
})
