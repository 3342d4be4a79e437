// Claim: the row it writes, what it tells, and what it leaves alone.
import { beforeEach, expect, it } from 'vitest'
import { claim } from '../../src/db/claim.ts'
import { createClient } from '../../src/db/pool.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { atTestEnd } from '../support/end.ts'
import {
  addProcess,
  addTask,
  changes,
  deleteAll,
  lane,
  nowPlus,
  readTask,
  readTasks,
  rolledBack,
} from './fixtures.ts'

const { url, pool } = await testDatabase()
let me: TaskId

beforeEach(async () => {
  await deleteAll(pool)
  me = await addProcess(pool)
})

async function claimIds(limit: number, lanes = [lane()], by = me): Promise<TaskId[]> {
  return (await claim(pool, by, limit, lanes)).claims.map(({ id }) => id)
}

it('moves a task to in_progress in the name of its process, and changes nothing else', async () => {
  await rolledBack(pool, async (db) => {
    const id = await addTask(db, {
      error: 'before',
      attempts: 1,
      claim_number: 7,
      updated_at: '2020-01-01T00:00:00Z',
    })
    const before = await readTask(db, id)
    await claim(db, me, 1, [lane()])
    const now = await nowPlus(db)
    const claimed = { status: 'in_progress', claimed_by: me, claimed_at: now, attempts: 2, claim_number: 8 }
    expect(changes(before, await readTask(db, id))).toEqual({ ...claimed, claimable: false, updated_at: now })
  })
})

it('tells the worker all it needs', async () => {
  const id = await addTask(pool, {
    run_at: '2020-01-01T00:00:00Z',
    payload: { to: ['ä"\\'] },
    priority: 3,
    queue: 'mail',
    max_attempts: 5,
    attempts: 1,
    claim_number: 4,
    crashes: 1,
    timeout_ms: 900,
    backoff_ms: 70,
    trace: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  })
  const { claims } = await claim(pool, me, 1, [lane({ queue: 'mail', priority: 3 })])
  expect(claims).toEqual([
    {
      id,
      claimNumber: 5,
      processId: me,
      queue: 'mail',
      kind: 'noop',
      payload: { to: ['ä"\\'] },
      attempt: 2,
      maxAttempts: 5,
      crashes: 1,
      timeoutMs: 900,
      trace: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      backoffMs: 70,
      waitedMs: expect.any(Number),
      claimedAtS: expect.any(Number),
    },
  ])
  expect(claims[0]?.waitedMs).toBeGreaterThan(0)
})

it('leaves alone what is not due, not pending, suspected, or of another lane', async () => {
  await addTask(pool, { run_at: '2999-01-01T00:00:00Z' })
  await addTask(pool, { status: 'cancelled', finished_at: '2020-01-01T00:00:00Z' })
  await addTask(pool, { crashes: 2 })
  await addTask(pool, { queue: 'other' })
  await addTask(pool, { kind: 'other' })
  await addTask(pool, { priority: 1 })
  expect(await claimIds(9)).toEqual([])
  const onceCrashed = await addTask(pool, { crashes: 1 })
  expect(await claimIds(9)).toEqual([onceCrashed])
})

it('claims nothing behind a limit of 0, without lanes, or without tasks', async () => {
  expect(await claimIds(1)).toEqual([])
  await addTask(pool)
  expect(await claimIds(0)).toEqual([])
  expect(await claimIds(9, [])).toEqual([])
})

it.each(['draining', 'stopped', 'lost', 'unknown'])('gives a process that is %s nothing', async (state) => {
  await addTask(pool)
  const before = await readTasks(pool)
  const stopped_at = state === 'draining' ? null : '2020-01-01T00:00:00Z'
  const other = state === 'unknown' ? 987_654 : await addProcess(pool, { state, stopped_at })
  expect(await claimIds(1, [lane()], other)).toEqual([])
  expect(await readTasks(pool)).toEqual(before)
})

it('does not make the commit wait for the disk, and leaves the session as it was', async () => {
  await rolledBack(pool, async (db) => {
    await claim(db, me, 1, [lane()])
    expect((await db.query('show synchronous_commit')).rows).toEqual([{ synchronous_commit: 'off' }])
  })
  const client = createClient({ url, applicationName: 'test' })
  atTestEnd(() => client.end())
  await client.connect()
  await claim(client, me, 1, [lane()])
  expect((await client.query('show synchronous_commit')).rows).toEqual([{ synchronous_commit: 'on' }])
})
