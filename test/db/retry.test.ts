// Retry: finished tasks that failed go round again, from their first attempt; everything else is refused.
import { beforeEach, expect, it } from 'vitest'
import { retry } from '../../src/db/retry.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { addTask, changes, deleteAll, nowPlus, readLogs, readTask, rolledBack } from './fixtures.ts'
import { readTallies } from './tallies.ts'

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

it('says why it refuses: what it is, or which live task has its unique_key', async () => {
  const pending = await addTask(pool)
  const running = await addTask(pool, { ...held, status: 'in_progress' })
  const finished = await addTask(pool, done)
  const live = await addTask(pool, { unique_key: 'k' })
  const failed = await addTask(pool, { ...error, unique_key: 'k' })
  const first = await addTask(pool, { ...error, unique_key: 'l' })
  const second = await addTask(pool, { ...error, unique_key: 'l' })
  const answers = await retry(pool, [pending, running, finished, failed, first, second, 987_654], 'somebody')
  expect(answers.map(({ answer, reason, holder }) => [answer, reason, holder])).toEqual([
    ['refused', 'pending', null],
    ['refused', 'in_progress', null],
    ['refused', 'done', null],
    ['refused', 'unique_key', live],
    ['retried', null, null],
    ['refused', 'unique_key', first],
    ['unknown', null, null],
  ])
})

it('takes what it revives from the tallies', async () => {
  const cancelled = await addTask(pool, { status: 'cancelled', finished_at: at, queue: 'a' })
  await retry(pool, [cancelled, await addTask(pool, error), await addTask(pool, error)], 'somebody')
  expect(await readTallies(pool)).toEqual({
    'a noop': { done: 0, error: 0, cancelled: -1 },
    'default noop': { done: 0, error: -2, cancelled: 0 },
  })
})

it('with a filter waits for nobody, and says what each is by now', async () => {
  const [locked, changed, wanted] = [
    await addTask(pool, error),
    await addTask(pool, { ...error, error: 'other' }),
    await addTask(pool, error),
  ]
  const pending = await addTask(pool)
  const client = await pool.connect()
  await client.query('begin')
  await client.query('select from taskproc.tasks where id = $1 for update', [locked])
  const filter = { status: ['error'], error: 'luck' } as const
  const answers = await retry(pool, [locked, changed, wanted, pending, 987_654], 'somebody', filter)
  expect(answers.map(({ answer, reason }) => [answer, reason])).toEqual([
    ['unknown', 'error'],
    ['unknown', 'error'],
    ['retried', null],
    ['unknown', 'pending'],
    ['unknown', null],
  ])
  await client.query('rollback')
  client.release()
})

it('refuses, and does not fail, where somebody enqueues a task with the unique_key meanwhile', async () => {
  const failed = await addTask(pool, { ...error, unique_key: 'k' })
  const client = await pool.connect()
  await client.query('begin')
  const live = await addTask(client, { unique_key: 'k' })
  const answer = retry(pool, [failed], 'somebody')
  const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  await eventually('it waits for the key', async () => (await pool.query(waits)).rows.length > 0)
  await client.query('commit')
  client.release()
  expect(await answer).toMatchObject([{ answer: 'refused', reason: 'unique_key', holder: live }])
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
