// Verify: nothing to find in a sound installation, and each check finds what it is for.
import { beforeEach, expect, it } from 'vitest'
import { verify } from '../../src/db/verify.ts'
import { testDatabase } from '../support/database.ts'
import { addClaimed, addProcess, addTask, deleteAll } from './fixtures.ts'

const { pool } = await testDatabase()
const at = '2020-01-01T00:00:00Z'

beforeEach(() => deleteAll(pool))

/** The names of the checks that found something, with their counts. */
async function found(): Promise<Record<string, number>> {
  const { checks, violations } = await verify(pool)
  const wrong = checks.filter(({ count }) => count > 0)
  expect(violations).toBe(wrong.reduce((sum, { count }) => sum + count, 0))
  return Object.fromEntries(wrong.map(({ name, count }) => [name, count]))
}

it('finds nothing in an empty table, nor among tasks of every status', async () => {
  expect(await found()).toEqual({})
  const me = await addProcess(pool)
  await addClaimed(pool, me, 2)
  const held = { claimed_by: me, claimed_at: at, attempts: 1, claim_number: 1, finished_at: at }
  await addTask(pool, { ...held, status: 'done' })
  await addTask(pool, { ...held, status: 'error', error: 'e' })
  await addTask(pool, { status: 'cancelled', finished_at: at, unique_key: 'k' })
  await addTask(pool, { unique_key: 'k' })
  expect(await found()).toEqual({})
})

it('finds what is held by nobody who lives', async () => {
  const [silent, stopped] = [await addProcess(pool), await addProcess(pool)]
  await addClaimed(pool, silent, 2)
  await addClaimed(pool, stopped, 3)
  await pool.query(`update taskproc.processes set state = 'stopped', stopped_at = now() where id = $1`, [
    stopped,
  ])
  expect(await found()).toEqual({ 'in progress and owned by nobody alive': 3 })
  await pool.query('delete from taskproc.processes where id = $1', [silent])
  expect(await found()).toEqual({ 'in progress and owned by nobody alive': 5 })
})

it('finds what a rescue would not reach', async () => {
  await addClaimed(pool, await addProcess(pool), 1)
  await pool.query(`update taskproc.processes set claims_since = now() + interval '2 minutes'`)
  expect(await found()).toEqual({ 'in progress and out of reach of a rescue': 1 })
})

it('finds every wrong row that only a missing constraint would let in', async () => {
  const { rows } = await pool.query<{ name: string }>(
    `select conname as name from pg_constraint where conrelid = 'taskproc.tasks'::regclass and contype = 'c'`,
  )
  for (const { name } of rows) await pool.query(`alter table taskproc.tasks drop constraint ${name}`)
  const done = {
    status: 'done',
    claimed_by: 1,
    claimed_at: at,
    attempts: 1,
    claim_number: 1,
    finished_at: at,
  }
  await addTask(pool, { claimed_by: 1, claimed_at: at })
  await addTask(pool, { ...done, finished_at: null, claimed_by: null })
  await addTask(pool, { ...done, attempts: 4 })
  await addTask(pool, { finished_at: at })
  await addTask(pool, { ...done, status: 'error' })
  await addTask(pool, { status: 'strange' })
  expect(await found()).toEqual({
    ...{
      'pending with an owner': 1,
      'finished without a time': 1,
      'done by nobody': 1,
      'attempts out of bounds': 1,
    },
    ...{ 'not finished, with a time': 1, 'error without a text': 1, 'unknown status': 1 },
  })
})
