// The look for a rescue: it names each reason there is for one, and no other.
import { beforeEach, expect, it } from 'vitest'
import { declareDead, declareLost, markSwept, rescue } from '../../src/db/rescue.ts'
import { lookForRescue } from '../../src/db/rescue-look.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { addClaimed, addProcess, deleteAll, rolledBack } from './fixtures.ts'

const { pool } = await testDatabase()
const longAgo = '2020-01-01T00:00:00Z'
let me: TaskId

beforeEach(async () => {
  await deleteAll(pool)
  me = await addProcess(pool)
})

const isDue = async () => (await lookForRescue(pool, me)).isDue

it('finds none in a table without processes, nor where everybody beats', async () => {
  expect(await isDue()).toBe(false)
  const other = await addProcess(pool)
  await addClaimed(pool, other, 2)
  await pool.query(`update taskproc.processes set state = 'draining' where id = $1`, [other])
  expect(await isDue()).toBe(false)
  await deleteAll(pool)
  expect(await lookForRescue(pool, me)).toEqual({ isDue: false, nextExpiryMs: null })
})

it.each(['running', 'draining'])('finds one that is %s and stopped beating', async (state) => {
  await addProcess(pool, { state, lease_ms: 1, heartbeat_at: longAgo })
  expect(await isDue()).toBe(true)
  expect(await declareLost(pool)).toHaveLength(1)
})

it.each(['lost', 'stopped'])('finds one that is %s until it was searched', async (state) => {
  const other = await addProcess(pool, { state, stopped_at: longAgo })
  expect(await isDue()).toBe(true)
  await markSwept(pool, [other])
  expect(await isDue()).toBe(false)
})

it('finds a claim that came late, for as long as a rescue looks for it', async () => {
  const other = await addProcess(pool)
  await addClaimed(pool, other, 1)
  await declareDead(pool, other)
  await markSwept(pool, [other])
  expect(await isDue()).toBe(true)
  const swept = (ago: string) =>
    pool.query(`update taskproc.processes set swept_at = now() - $2::interval where id = $1`, [other, ago])
  await swept('11 minutes')
  expect([await isDue(), await rescue(pool, 3, 10)]).toEqual([false, []])
  await swept('9 minutes')
  expect([await isDue(), (await rescue(pool, 3, 10)).length]).toEqual([true, 1])
  expect(await isDue()).toBe(false)
})

it('says when the next lease can be over, of the others', async () => {
  await rolledBack(pool, async (db) => {
    expect((await lookForRescue(db, me)).nextExpiryMs).toBeNull()
    await addProcess(db, { lease_ms: 30_000 })
    await addProcess(db, { lease_ms: 20_000 })
    await addProcess(db, { lease_ms: 10_000, state: 'stopped', stopped_at: longAgo })
    expect((await lookForRescue(db, me)).nextExpiryMs).toBe(20_000)
  })
})
