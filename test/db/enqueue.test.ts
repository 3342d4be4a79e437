// Enqueue: one row for each task of a batch, and ids in the order of the batch.
import { beforeEach, describe, expect, it } from 'vitest'
import { enqueue } from '../../src/db/enqueue.ts'
import { createPool } from '../../src/db/pool.ts'
import { LIMITS } from '../../src/task/limits.ts'
import { testDatabase } from '../support/database.ts'
import { atTestEnd } from '../support/end.ts'
import { addTask, deleteAll, nowPlus, readTask, readTasks, rolledBack } from './fixtures.ts'

const { url, pool } = await testDatabase()

beforeEach(() => deleteAll(pool))

it('writes what a task names', async () => {
  const [id] = await enqueue(pool, [
    {
      kind: 'mail',
      payload: { to: 'x' },
      queue: 'slow',
      priority: -3,
      runAt: '2030-01-02T03:04:05.678901+02:00',
      maxAttempts: 7,
      uniqueKey: 'u',
      timeoutMs: 900,
      backoffMs: 0,
    },
  ])
  expect(await readTask(pool, id ?? 0)).toMatchObject({
    ...{ kind: 'mail', payload: { to: 'x' }, queue: 'slow', priority: -3, max_attempts: 7, unique_key: 'u' },
    ...{ timeout_ms: 900, backoff_ms: 0, status: 'pending', attempts: 0, crashes: 0, claim_number: 0 },
  })
  const { rows } = await pool.query(
    `select run_at = '2030-01-02 01:04:05.678901Z' as same from taskproc.tasks`,
  )
  expect(rows).toEqual([{ same: true }])
})

it('gives what a task does not name the defaults of the table', async () => {
  await rolledBack(pool, async (db) => {
    const plain = await addTask(db, { kind: 'mail' })
    const [id] = await enqueue(db, [{ kind: 'mail' }])
    expect(await readTask(db, id ?? 0)).toEqual({ ...(await readTask(db, plain)), id })
  })
})

it('counts a delay from the clock of the database, and prefers a time to a delay', async () => {
  await rolledBack(pool, async (db) => {
    const tasks = [
      { delayMs: 1500.5 },
      { delayMs: -60_000 },
      { delayMs: 1000, runAt: '2030-01-01T00:00:00Z' },
    ]
    const [later, earlier, at] = await enqueue(
      db,
      tasks.map((task) => ({ kind: 'mail', ...task })),
    )
    expect(await readTask(db, later ?? 0)).toMatchObject({ run_at: await nowPlus(db, 1500.5) })
    expect(await readTask(db, earlier ?? 0)).toMatchObject({ run_at: await nowPlus(db, -60_000) })
    expect(await readTask(db, at ?? 0)).toMatchObject({ run_at: '2030-01-01T00:00:00+00:00' })
  })
})

it('returns the ids of a full batch in its order', async () => {
  const batch = Array.from({ length: LIMITS.batchRows }, (_, place) => ({ kind: 'mail', payload: place }))
  const ids = await enqueue(pool, batch)
  const payloads = new Map((await readTasks(pool)).map((task) => [task.id, task['payload']]))
  expect(ids.map((id) => payloads.get(Number(id)))).toEqual(batch.map(({ payload }) => payload))
  expect(ids).toEqual([...ids].sort((a, b) => Number(a) - Number(b)))
})

it('takes no batch that is too large, and has nothing to do for an empty one', async () => {
  const tooMany = Array.from({ length: LIMITS.insertRows + 1 }, () => ({ kind: 'mail' }))
  await expect(enqueue(pool, tooMany)).rejects.toThrow('enqueue takes 5000 tasks at most, got 5001')
  expect(await enqueue(pool, [])).toEqual([])
  expect(await readTasks(pool)).toEqual([])
})

it('writes nothing in a transaction that is rolled back', async () => {
  await rolledBack(pool, (db) => enqueue(db, [{ kind: 'mail' }]))
  expect(await readTasks(pool)).toEqual([])
})

describe('a unique_key', () => {
  it('that a live task has gives null, for just that task', async () => {
    await enqueue(pool, [{ kind: 'mail', uniqueKey: 'b' }])
    const ids = await enqueue(
      pool,
      ['a', 'b', 'c'].map((uniqueKey) => ({ kind: 'mail', uniqueKey })),
    )
    expect(ids).toEqual([expect.any(Number), null, expect.any(Number)])
    const keys = new Map((await readTasks(pool)).map((task) => [task.id, task['unique_key']]))
    expect(ids.map((id) => keys.get(Number(id)))).toEqual(['a', undefined, 'c'])
  })

  it('that comes twice in a batch is taken once, by the first', async () => {
    const ids = await enqueue(pool, [
      { kind: 'mail', uniqueKey: 'a', payload: 1 },
      { kind: 'mail' },
      { kind: 'mail', uniqueKey: 'a', payload: 2 },
    ])
    expect(ids).toEqual([expect.any(Number), expect.any(Number), null])
    expect(await readTask(pool, ids[0] ?? 0)).toMatchObject({ payload: 1 })
  })

  it('of a finished task can be used again', async () => {
    await addTask(pool, { unique_key: 'a', status: 'cancelled', finished_at: '2020-01-01T00:00:00Z' })
    expect(await enqueue(pool, [{ kind: 'mail', uniqueKey: 'a' }])).toEqual([expect.any(Number)])
  })

  it('does not let batches deadlock that name the same keys in another order', async () => {
    const many = createPool({ url, applicationName: 'test', maxConnections: 8 })
    atTestEnd(() => many.end())
    const keys = Array.from({ length: LIMITS.batchRows }, (_, place) => `key-${place}`)
    for (let round = 0; round < 5; round++) {
      const orders = Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? keys : keys.toReversed()))
      const batches = orders.map((order) =>
        order.map((key) => ({ kind: 'mail', uniqueKey: `${round} ${key}` })),
      )
      const ids = await Promise.all(batches.map((batch) => enqueue(many, batch)))
      expect(ids.flat().filter((id) => id !== null)).toHaveLength(keys.length)
    }
  })
})
