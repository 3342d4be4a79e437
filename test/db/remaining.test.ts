// Remaining: whether anything is left to run for some queues and kinds, in this process or in another.
import { beforeEach, expect, it } from 'vitest'
import { isAnythingLeft } from '../../src/db/remaining.ts'
import { declareDead } from '../../src/db/rescue.ts'
import { settle } from '../../src/db/settle.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { addClaimed, addProcess, addTask, deleteAll } from './fixtures.ts'

const { pool } = await testDatabase()
let me: TaskId

beforeEach(async () => {
  await deleteAll(pool)
  me = await addProcess(pool)
})

it('is nothing in an empty table, or among finished tasks', async () => {
  expect(await isAnythingLeft(pool, null, ['noop'])).toBe(false)
  await addTask(pool, { status: 'cancelled', finished_at: '2020-01-01T00:00:00Z' })
  const [claim] = await addClaimed(pool, me, 1)
  if (claim) await settle(pool, 'me', [{ claim, settlement: { verb: 'complete', result: null }, tookMs: 1 }])
  expect(await isAnythingLeft(pool, null, ['noop'])).toBe(false)
})

it('is a pending task of these queues and kinds, due or not', async () => {
  await addTask(pool, { queue: 'a', run_at: '2999-01-01T00:00:00Z' })
  expect(await isAnythingLeft(pool, null, ['noop'])).toBe(true)
  expect(await isAnythingLeft(pool, ['a', 'b'], ['other', 'noop'])).toBe(true)
  expect(await isAnythingLeft(pool, ['b'], ['noop'])).toBe(false)
  expect(await isAnythingLeft(pool, ['a'], ['other'])).toBe(false)
})

it('is a task that some process holds, also one that drains or was lost', async () => {
  await addClaimed(pool, me, 1)
  expect(await isAnythingLeft(pool, null, ['noop'])).toBe(true)
  expect(await isAnythingLeft(pool, ['default'], ['noop'])).toBe(true)
  expect(await isAnythingLeft(pool, ['other'], ['noop'])).toBe(false)
  expect(await isAnythingLeft(pool, null, ['other'])).toBe(false)
  await pool.query(`update taskproc.processes set state = 'draining' where id = $1`, [me])
  expect(await isAnythingLeft(pool, null, ['noop'])).toBe(true)
  await declareDead(pool, me)
  expect(await isAnythingLeft(pool, null, ['noop'])).toBe(true)
})

it('finds what is held since the first claim in hand, and since a little before', async () => {
  await addClaimed(pool, me, 1)
  await pool.query('update taskproc.processes set claims_since = now()')
  expect(await isAnythingLeft(pool, null, ['noop'])).toBe(true)
})
