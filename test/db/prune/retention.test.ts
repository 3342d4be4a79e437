// Turns at pruning: one at a time in the whole fleet, each where the last one ended, and none is lost with its process.
import { beforeEach, expect, it } from 'vitest'
import { endTurn, findOld, type Turn, takeTurn } from '../../../src/db/prune/retention.ts'
import { testDatabase } from '../../support/database.ts'
import { addTask, addTasks, deleteAll } from '../fixtures.ts'

const { pool } = await testDatabase()
const HOUR_MS = 3_600_000
const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR_MS).toISOString()

beforeEach(async () => {
  await deleteAll(pool)
  await pool.query('update taskproc.retention set after_id = 0, next_at = now()')
})

async function turn(): Promise<Turn> {
  const taken = await takeTurn(pool)
  if (!('token' in taken)) throw new Error(`the turn comes in ${taken.dueInMs} ms`)
  return taken
}

it('is given to one of many that come at once', async () => {
  const taken = await Promise.all(Array.from({ length: 8 }, () => takeTurn(pool)))
  expect(taken.filter((each) => 'token' in each)).toMatchObject([{ afterId: 0 }])
  for (const each of taken) if ('dueInMs' in each) expect(each.dueInMs).toBeGreaterThan(50_000)
})

it('goes on where the last one ended, after its pause', async () => {
  const first = await turn()
  await endTurn(pool, first.token, 77, 0)
  const second = await turn()
  expect(second.afterId).toBe(77)
  await endTurn(pool, second.token, 78, HOUR_MS)
  const waits = await takeTurn(pool)
  expect('dueInMs' in waits && waits.dueInMs > HOUR_MS - 60_000).toBe(true)
})

it('is not ended by who had it before and was late', async () => {
  const late = await turn()
  await pool.query(`update taskproc.retention set next_at = now() - interval '1 second'`)
  const mine = await turn()
  await endTurn(pool, late.token, 5, 0)
  expect('dueInMs' in (await takeTurn(pool))).toBe(true)
  await endTurn(pool, mine.token, 6, 0)
  expect((await turn()).afterId).toBe(6)
})

it('finds what is old behind a place, and says where a round ends', async () => {
  const ended = { status: 'cancelled', created_at: hoursAgo(5), finished_at: hoursAgo(4) }
  const old = await addTasks(pool, 2, ended)
  await addTask(pool, { ...ended, finished_at: hoursAgo(1) })
  expect(await findOld(pool, 2 * HOUR_MS, 0)).toEqual({ ids: old, after: null })
  expect((await findOld(pool, 2 * HOUR_MS, old[0] ?? 0)).ids).toEqual([old[1]])
  const [first] = await addTasks(pool, 998, ended)
  const full = await findOld(pool, 2 * HOUR_MS, 0)
  expect(full.ids).toHaveLength(999)
  expect(full.after).toBe(Number(first) + 996)
})

it('ends a round where all is young: nothing that was created later is older', async () => {
  await addTasks(pool, 1500)
  expect(await findOld(pool, HOUR_MS, 0)).toEqual({ ids: [], after: null })
})
