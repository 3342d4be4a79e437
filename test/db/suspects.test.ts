// Suspects: tasks that crashed too often to run beside others. One process makes room for them, one at a time.
import { beforeEach, expect, it } from 'vitest'
import { look } from '../../src/db/look.ts'
import { claimSuspect } from '../../src/db/suspects.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { addProcess, addTask, deleteAll, readTask } from './fixtures.ts'

const { pool } = await testDatabase()
let me: TaskId

async function isSuspectDue(processId: TaskId, holds: 'nothing' | 'something' | 'unasked' = 'nothing') {
  return (await look(pool, { processId, queues: null, kinds: [], minCrashes: 2 }, holds)).isSuspectDue
}

beforeEach(async () => {
  await deleteAll(pool)
  me = await addProcess(pool)
})

it('are due when they crashed that often and may run now', async () => {
  expect(await isSuspectDue(me)).toBe(false)
  await addTask(pool, { crashes: 1 })
  await addTask(pool, { crashes: 2, run_at: '2999-01-01T00:00:00Z' })
  expect(await isSuspectDue(me)).toBe(false)
  expect(await claimSuspect(pool, me, 2)).toBeNull()
  await addTask(pool, { crashes: 2 })
  expect(await isSuspectDue(me)).toBe(true)
  expect(await isSuspectDue(me, 'unasked')).toBe(false)
})

it('are for any process that is idle, of those that serve their queue and kind', async () => {
  await addTask(pool, { crashes: 2, queue: 'a', kind: 'x' })
  const serves = await addProcess(pool, { queues: ['a', 'b'], kinds: ['x', 'y'] })
  const servesAll = await addProcess(pool, { kinds: ['x'] })
  const servesAnother = await addProcess(pool, { queues: ['b'], kinds: ['x'] })
  const all = [me, serves, servesAll, servesAnother]
  expect(await Promise.all(all.map((id) => isSuspectDue(id)))).toEqual([false, true, true, false])
  for (const id of [me, servesAnother]) expect(await claimSuspect(pool, id, 2)).toBeNull()
})

it('are for the oldest busy process when no idle one took them for a while', async () => {
  const id = await addTask(pool, { crashes: 2 })
  await pool.query(`update taskproc.processes set state = 'draining' where id = $1`, [me])
  const [older, newer] = [await addProcess(pool), await addProcess(pool)]
  const due = () => Promise.all([me, older, newer].map((one) => isSuspectDue(one, 'something')))
  expect(await due()).toEqual([false, false, false])
  await pool.query(`update taskproc.tasks set updated_at = now() - interval '1 minute' where id = $1`, [id])
  expect(await due()).toEqual([false, true, false])
  await pool.query(`update taskproc.processes set state = 'lost', stopped_at = now() where id = $1`, [older])
  expect(await due()).toEqual([false, false, true])
  expect(await claimSuspect(pool, older, 2)).toBeNull()
})

it('are claimed one at a time, the one that waits longest first', async () => {
  const later = await addTask(pool, { crashes: 2, run_at: '2020-01-02T00:00:00Z' })
  const first = await addTask(pool, { crashes: 3, run_at: '2020-01-01T00:00:00Z', priority: -1 })
  expect(await claimSuspect(pool, me, 2)).toMatchObject({
    id: first,
    claimNumber: 1,
    attempt: 1,
    crashes: 3,
    processId: me,
  })
  expect(await readTask(pool, first)).toMatchObject({ status: 'in_progress', claimed_by: me })
  const both = await Promise.all([claimSuspect(pool, me, 2), claimSuspect(pool, me, 2)])
  expect(both.map((claim) => claim?.id ?? null).filter((id) => id !== null)).toEqual([later])
})
