// Sleepers: who waits for work, until when. A row that outlives its process makes every enqueue notify for nothing.
import { beforeEach, expect, it } from 'vitest'
import { declareDead, declareLost } from '../../src/db/rescue.ts'
import { fallAsleep, wakeUp } from '../../src/db/sleepers.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { addProcess, deleteAll, rolledBack } from './fixtures.ts'

const { pool } = await testDatabase()
let me: TaskId

beforeEach(async () => {
  await deleteAll(pool)
  me = await addProcess(pool)
})

async function readSleepers(db = pool): Promise<unknown[]> {
  const { rows } = await db.query('select process_id, queues from taskproc.sleepers order by process_id')
  return rows
}

it('falls asleep for its queues, once, and for so long', async () => {
  await rolledBack(pool, async (db) => {
    await fallAsleep(db, me, ['a"b', 'c'], 5000)
    await fallAsleep(db, me, ['a"b', 'c'], 250.2)
    const { rows } = await db.query(
      `select process_id, queues, wakes_at = now() + interval '251 milliseconds' as agreed from taskproc.sleepers`,
    )
    expect(rows).toEqual([{ process_id: me, queues: ['a"b', 'c'], agreed: true }])
  })
})

it('wakes up alone, also when it never slept', async () => {
  const other = await addProcess(pool)
  await fallAsleep(pool, other, null, 5000)
  await wakeUp(pool, me)
  await fallAsleep(pool, me, null, 5000)
  await wakeUp(pool, me)
  expect(await readSleepers()).toEqual([{ process_id: other, queues: null }])
})

it('sleeps no more when it is declared dead or lost', async () => {
  await fallAsleep(pool, me, null, 5000)
  await declareDead(pool, me)
  expect(await readSleepers()).toEqual([])
  const silent = await addProcess(pool, { lease_ms: 1, heartbeat_at: '2020-01-01T00:00:00Z' })
  await fallAsleep(pool, silent, null, 5000)
  expect((await declareLost(pool)).map(({ id }) => id)).toEqual([silent])
  expect(await readSleepers()).toEqual([])
})
