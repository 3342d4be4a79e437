// Strays: what the table says that a process holds, and it does not know of, goes back.
import { beforeEach, expect, it } from 'vitest'
import { cancel } from '../../src/db/cancel.ts'
import { releaseStrays } from '../../src/db/strays.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import {
  addClaimed,
  addProcess,
  changes,
  deleteAll,
  nowPlus,
  readLogs,
  readTask,
  rolledBack,
} from './fixtures.ts'

const { pool } = await testDatabase()
let me: TaskId

beforeEach(async () => {
  await deleteAll(pool)
  me = await addProcess(pool)
})

it('go back to pending with their attempt, and leave a line; what is held and what is not ours stays', async () => {
  await rolledBack(pool, async (db) => {
    const [stray, held] = await addClaimed(db, me, 2)
    const [other] = await addClaimed(db, await addProcess(db), 1)
    await db.query(`update taskproc.tasks set updated_at = '2020-01-01'`)
    const before = await readTask(db, stray?.id ?? 0)
    expect(await releaseStrays(db, me, [held?.id ?? 0])).toEqual([stray?.id])
    const free = { status: 'pending', claimable: true, claimed_by: null, claimed_at: null }
    expect(changes(before, await readTask(db, stray?.id ?? 0))).toEqual({
      ...free,
      attempts: 0,
      updated_at: await nowPlus(db),
    })
    for (const claim of [held, other])
      expect(await readTask(db, claim?.id ?? 0)).toMatchObject({ status: 'in_progress' })
    expect(await readLogs(db)).toMatchObject([
      { task_id: stray?.id, attempt: 1, event: 'released', level: 'warn' },
    ])
  })
})

it('are cancelled where somebody wants that', async () => {
  const [stray] = await addClaimed(pool, me, 1)
  await cancel(pool, [stray?.id ?? 0], 'somebody')
  await releaseStrays(pool, me, [])
  expect(await readTask(pool, stray?.id ?? 0)).toMatchObject({ status: 'cancelled', attempts: 0 })
})
