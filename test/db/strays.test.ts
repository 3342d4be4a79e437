// Strays: what the table says that a process holds, and it does not know of, goes back.
import { beforeEach, expect, it } from 'vitest'
import { cancel } from '../../src/db/cancel.ts'
import type { Db } from '../../src/db/db.ts'
import { releaseStrays } from '../../src/db/strays.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { explain } from './explain.ts'
import {
  addClaimed,
  addProcess,
  addTasks,
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

it('are looked for since the first claim whose answer was lost, not since the oldest that is held', async () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString()
  const lostUs = Date.UTC(2026, 0, 1) * 1000 + 3_600e6
  const owner = await addProcess(pool, { claims_since: at(0) })
  const claimed = { claimed_by: owner, attempts: 1, claim_number: 1 }
  await addTasks(pool, 20_000, { ...claimed, claimed_at: at(60), status: 'done', finished_at: at(61) })
  const [stray] = await addTasks(pool, 1, { ...claimed, claimed_at: at(3_601), status: 'in_progress' })
  const look = (db: Db) => releaseStrays(db, owner, [], null, lostUs)
  expect((await explain(pool, look)).buffers).toBeLessThan(200)
  expect((await explain(pool, (db) => releaseStrays(db, owner, []))).buffers).toBeGreaterThan(400)
  expect(await look(pool)).toEqual([stray])
})
