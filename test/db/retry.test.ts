// Retry: finished tasks that failed go round again, from their first attempt; everything else is refused.
import { beforeEach, expect, it } from 'vitest'
import { retry } from '../../src/db/retry.ts'
import { testDatabase } from '../support/database.ts'
import { addTask, changes, deleteAll, nowPlus, readLogs, readTask, rolledBack } from './fixtures.ts'

const { pool } = await testDatabase()
const at = '2020-01-01T00:00:00Z'
const held = { claimed_by: 1, claimed_at: at, attempts: 2, claim_number: 4, run_at: at, updated_at: at }
const error = { ...held, status: 'error', error: 'no luck', finished_at: at, crashes: 2 }
const done = { ...held, status: 'done', finished_at: at }

beforeEach(() => deleteAll(pool))

async function answersOf(...ids: (number | string)[]): Promise<string[]> {
  return (await retry(pool, ids, 'somebody')).map(({ answer }) => answer)
}

it('makes a task as if it were new, and keeps what it failed with and how often it was claimed', async () => {
  await rolledBack(pool, async (db) => {
    const now = await nowPlus(db)
    const id = await addTask(db, { ...error, cancel_requested: true })
    const before = await readTask(db, id)
    expect(await retry(db, [id], 'somebody')).toMatchObject([{ id, answer: 'retried' }])
    expect(changes(before, await readTask(db, id))).toEqual({
      ...{
        status: 'pending',
        claimable: true,
        failed: false,
        attempts: 0,
        crashes: 0,
        run_at: now,
        updated_at: now,
      },
      ...{ claimed_by: null, claimed_at: null, finished_at: null, cancel_requested: false },
    })
    expect(await readLogs(db)).toMatchObject([
      { task_id: id, event: 'retried', process: 'somebody', attempt: 0 },
    ])
  })
})

it('answers for each id in its order', async () => {
  const cancelled = await addTask(pool, { status: 'cancelled', finished_at: at })
  const pending = await addTask(pool)
  const running = await addTask(pool, { ...held, status: 'in_progress' })
  const finished = await addTask(pool, done)
  const failed = await addTask(pool, error)
  const answers = await answersOf(987_654, pending, running, finished, failed, cancelled)
  expect(answers).toEqual(['unknown', 'refused', 'refused', 'refused', 'retried', 'retried'])
  expect(await readTask(pool, finished)).toMatchObject({ status: 'done' })
})

it('refuses a task whose unique_key a live one has', async () => {
  const failed = await addTask(pool, { ...error, unique_key: 'k' })
  const live = await addTask(pool, { unique_key: 'k' })
  expect(await answersOf(failed, live)).toEqual(['refused', 'refused'])
})

it('lets one of several have the unique_key that they share, whatever the others are', async () => {
  const finished = await addTask(pool, { ...done, unique_key: 'k' })
  const first = await addTask(pool, { ...error, unique_key: 'k' })
  const second = await addTask(pool, { ...error, unique_key: 'k' })
  expect(await answersOf(second, first, finished)).toEqual(['refused', 'retried', 'refused'])
})
