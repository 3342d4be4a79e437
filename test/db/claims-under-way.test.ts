// Claims under way: one that the server has begun is seen until its rows are, however long nobody waits for it.
import { expect, it } from 'vitest'
import { claim } from '../../src/db/claim.ts'
import { isClaimUnderWay } from '../../src/db/claims-under-way.ts'
import { releaseStrays } from '../../src/db/strays.ts'
import { claimSuspect } from '../../src/db/suspects.ts'
import { FROM_THE_FRONT } from '../../src/task/lane.ts'
import { testDatabase } from '../support/database.ts'
import { addProcess, addTask, deleteAll, readTask } from './fixtures.ts'

const { pool } = await testDatabase()
const LANES = [{ queue: 'default', kind: 'noop', priority: 0, limit: 10, ...FROM_THE_FRONT }]

/** Each claim stands still in the middle of its commit, until the lock that this returns is given back. */
async function standStill(): Promise<() => Promise<void>> {
  await pool.query(`
    create or replace function stand_still() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock(42); return null; end $$;
    drop trigger if exists still on taskproc.tasks;
    create constraint trigger still after update on taskproc.tasks deferrable initially deferred
      for each row when (new.status = 'in_progress') execute function stand_still()`)
  const holder = await pool.connect()
  await holder.query('select pg_advisory_lock(42)')
  return async () => {
    await holder.query('select pg_advisory_unlock(42)')
    holder.release()
  }
}

it.each([
  ['a claim', 0, (me: number | string) => claim(pool, me, 10, LANES)],
  ['the claim of a suspect', 2, (me: number | string) => claimSuspect(pool, me, 2)],
])('%s is seen while its commit stands still; what it brings late is given back', async (_, crashes, ask) => {
  await deleteAll(pool)
  const me = await addProcess(pool)
  const task = await addTask(pool, { crashes })
  expect(await isClaimUnderWay(pool, 0)).toBe(false)
  const goOn = await standStill()
  const coming = ask(me)
  await expect.poll(() => isClaimUnderWay(pool, 0)).toBe(true)
  expect(await isClaimUnderWay(pool, 3_600_000)).toBe(false)
  expect(await releaseStrays(pool, me, [])).toEqual([])
  await goOn()
  await coming
  expect(await isClaimUnderWay(pool, 0)).toBe(false)
  expect(await readTask(pool, task)).toMatchObject({ status: 'in_progress' })
  expect(await releaseStrays(pool, me, [])).toEqual([task])
  expect(await readTask(pool, task)).toMatchObject({ status: 'pending', attempts: 0 })
})
