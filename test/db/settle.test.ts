// Settle: what each verb writes to the row and to history. The clock stands still in a transaction, so times are exact.
import { beforeEach, expect, it } from 'vitest'
import type { Db } from '../../src/db/db.ts'
import { settle } from '../../src/db/settle.ts'
import type { Settlement } from '../../src/task/settlement.ts'
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

/** The changes that a settlement makes to a task in its second attempt, which failed before. */
async function changesOf(db: Db, settlement: Settlement, columns: object = {}) {
  const twice = {
    attempts: 1,
    claim_number: 4,
    error: 'before',
    run_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
  }
  const [claim] = await addClaimed(db, me, 1, twice)
  if (claim === undefined) throw new Error('nothing claimed')
  await db.query('update taskproc.tasks set cancel_requested = $1', ['cancel_requested' in columns])
  await db.query(`update taskproc.tasks set updated_at = '2020-01-01'`)
  const before = await readTask(db, claim.id)
  expect(await settle(db, 'me', [{ claim, settlement, tookMs: 1500 }])).toEqual(
    new Map([[claim.id, (await readTask(db, claim.id))['status']]]),
  )
  return { id: claim.id, changed: changes(before, await readTask(db, claim.id)) }
}

const free = { status: 'pending', claimable: true, claimed_by: null, claimed_at: null }

it('complete: done, with its result and its time, and the error of an earlier attempt is gone', async () => {
  await rolledBack(pool, async (db) => {
    const now = await nowPlus(db)
    const { changed } = await changesOf(db, { verb: 'complete', result: '{"a":[1]}' })
    expect(changed).toEqual({
      status: 'done',
      result: { a: [1] },
      error: null,
      finished_at: now,
      updated_at: now,
    })
    expect(await readLogs(db)).toEqual([])
  })
})

it('complete without a result, or with the JSON null: there is none', async () => {
  await rolledBack(pool, async (db) => {
    for (const result of [null, 'null']) {
      const { id } = await changesOf(db, { verb: 'complete', result })
      expect(await readTask(db, id)).toMatchObject({ status: 'done', result: null })
    }
  })
})

it('retry: pending after the delay, the attempt spent, the error kept and logged', async () => {
  await rolledBack(pool, async (db) => {
    const { id, changed } = await changesOf(db, { verb: 'retry', delayMs: 2500.5, error: 'no luck' })
    const times = { run_at: await nowPlus(db, 2500.5), updated_at: await nowPlus(db) }
    expect(changed).toEqual({ ...free, ...times, error: 'no luck' })
    const log = { task_id: id, attempt: 2, process: 'me', event: 'failed', level: 'warn', message: 'no luck' }
    expect(await readLogs(db)).toEqual([log])
  })
})

it('fail: error, still with its last owner, and logged', async () => {
  await rolledBack(pool, async (db) => {
    const { id, changed } = await changesOf(db, { verb: 'fail', error: 'for good' })
    const now = await nowPlus(db)
    expect(changed).toEqual({
      status: 'error',
      failed: true,
      error: 'for good',
      finished_at: now,
      updated_at: now,
    })
    const log = {
      task_id: id,
      attempt: 2,
      process: 'me',
      event: 'failed',
      level: 'error',
      message: 'for good',
    }
    expect(await readLogs(db)).toEqual([log])
  })
})

it('snooze: pending after the delay, the attempt given back', async () => {
  await rolledBack(pool, async (db) => {
    const { id, changed } = await changesOf(db, { verb: 'snooze', delayMs: 60_000 })
    const times = { run_at: await nowPlus(db, 60_000), updated_at: await nowPlus(db) }
    expect(changed).toEqual({ ...free, ...times, attempts: 1 })
    expect(await readLogs(db)).toMatchObject([{ task_id: id, attempt: 2, event: 'snoozed', level: 'info' }])
  })
})

it('release: pending at the same run_at, the attempt given back', async () => {
  await rolledBack(pool, async (db) => {
    const { id, changed } = await changesOf(db, { verb: 'release' })
    expect(changed).toEqual({ ...free, attempts: 1, updated_at: await nowPlus(db) })
    expect(await readLogs(db)).toMatchObject([{ task_id: id, attempt: 2, event: 'released', level: 'info' }])
  })
})

it('cancel: cancelled, still with its last owner, with the reason', async () => {
  await rolledBack(pool, async (db) => {
    const { id, changed } = await changesOf(db, { verb: 'cancel', reason: 'enough' })
    const now = await nowPlus(db)
    expect(changed).toEqual({ status: 'cancelled', error: 'enough', finished_at: now, updated_at: now })
    const log = {
      task_id: id,
      attempt: 2,
      process: 'me',
      event: 'cancelled',
      level: 'info',
      message: 'enough',
    }
    expect(await readLogs(db)).toEqual([log])
  })
})

it.each<[Settlement, string]>([
  [{ verb: 'retry', delayMs: 1000, error: 'e' }, 'failed'],
  [{ verb: 'snooze', delayMs: 1000 }, 'cancelled'],
  [{ verb: 'release' }, 'cancelled'],
])('%o: cancelled where somebody wants that, instead of pending again', async (settlement, event) => {
  await rolledBack(pool, async (db) => {
    const { id, changed } = await changesOf(db, settlement, { cancel_requested: true })
    expect(changed).toMatchObject({ status: 'cancelled', finished_at: await nowPlus(db) })
    expect(await readTask(db, id)).toMatchObject({ claimed_by: me, claimable: false })
    expect(await readLogs(db)).toMatchObject([{ event, attempt: 2 }])
  })
})

it('complete: done even where somebody wants it cancelled, since it is', async () => {
  await rolledBack(pool, async (db) => {
    const { changed } = await changesOf(db, { verb: 'complete', result: '1' }, { cancel_requested: true })
    expect(changed).toMatchObject({ status: 'done', result: 1 })
  })
})
