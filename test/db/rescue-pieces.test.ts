// A rescue reads in pieces that are kept: whoever has claimed more than can be read in one statement is searched all the same.
import { beforeEach, expect, it } from 'vitest'
import type { Db } from '../../src/db/db.ts'
import { rescue } from '../../src/db/rescue.ts'
import { rescuePiece } from '../../src/db/rescue-piece.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { explain } from './explain.ts'
import { addProcess, addTask, addTasks, deleteAll } from './fixtures.ts'

const { pool } = await testDatabase()
const START_MS = Date.UTC(2026, 0, 1)
const at = (ms: number) => new Date(START_MS + ms).toISOString()

/** A lost process that claimed one task each millisecond, and holds those of these moments. */
async function lost(claims: number, heldAtMs: readonly number[]): Promise<TaskId> {
  const me = await addProcess(pool, { state: 'lost', stopped_at: at(claims), claims_since: at(0) })
  const claimed = { claimed_by: me, attempts: 1, claim_number: 1 }
  await addTasks(pool, claims, { ...claimed, claimed_at: at(0), status: 'done', finished_at: at(0) })
  await pool.query(
    `update taskproc.tasks set claimed_at = claimed_at + place * interval '1 millisecond'
     from (select id, row_number() over () as place from taskproc.tasks where claimed_by = $1) as placed
     where placed.id = tasks.id`,
    [me],
  )
  for (const ms of heldAtMs) await addTask(pool, { ...claimed, claimed_at: at(ms), status: 'in_progress' })
  return me
}

/** Its statements are counted; the one of this number fails. */
function counting(failing?: number): { db: Db; sent: () => number } {
  let sent = 0
  const query = (...values: Parameters<Db['query']>) => {
    sent += 1
    if (sent === failing) throw new Error('canceling statement due to statement timeout')
    return pool.query(...values)
  }
  return { db: { query } as unknown as Db, sent: () => sent }
}

const pending = async () => {
  const { rows } = await pool.query(`select count(*)::int as count from taskproc.tasks where claimable`)
  return rows[0].count
}

beforeEach(() => deleteAll(pool))

it('finds all that is held, the newest first, in as many statements as its claims have pieces', async () => {
  await lost(1_000, [10, 480, 999])
  const { db, sent } = counting()
  expect(await rescue(db, 3, 500, 20)).toHaveLength(3)
  expect(await pending()).toBe(3)
  // With all claims of the moment where the last one ended again, a piece has 18 new ones at least.
  expect(sent()).toBeGreaterThanOrEqual(1_000 / 20)
  expect(sent()).toBeLessThanOrEqual(1_000 / 18)
})

it('keeps what it gave back where a later piece fails', async () => {
  await lost(1_000, [10, 480, 999])
  await expect(rescue(counting(3).db, 3, 500, 100)).rejects.toThrow('statement timeout')
  expect(await pending()).toBe(1)
  await expect(rescue(counting(8).db, 3, 500, 100)).rejects.toThrow('statement timeout')
  expect(await pending()).toBe(2)
  expect(await rescue(pool, 3, 500, 100)).toHaveLength(1)
})

it('gives back no more than it is asked for, and the rest when it is called again', async () => {
  await lost(300, [0, 0, 1, 150, 299, 299])
  expect(await rescue(pool, 3, 4, 100)).toHaveLength(4)
  expect(await rescue(pool, 3, 4, 100)).toHaveLength(2)
  expect(await rescue(pool, 3, 4, 100)).toEqual([])
})

it('gets past a moment with more claims than a piece has rows', async () => {
  const me = await lost(10, [5])
  const claimed = { claimed_by: me, attempts: 1, claim_number: 1 }
  await addTasks(pool, 350, { ...claimed, claimed_at: at(8), status: 'done', finished_at: at(9) })
  expect(await rescue(pool, 3, 500, 100)).toHaveLength(1)
})

it('searches each of several processes to its end', async () => {
  await lost(250, [3, 200])
  await lost(10, [4])
  await lost(500, [5, 6])
  expect(await rescue(pool, 3, 500, 100)).toHaveLength(5)
})

it('reads in a piece no more than that', async () => {
  await lost(20_000, [1])
  const { buffers, accesses } = await explain(pool, (db) => rescuePiece(db, 3, 500, null, 100))
  expect(accesses).toEqual(['Tid Scan', 'tasks_owner'])
  expect(buffers).toBeLessThan(500)
})
