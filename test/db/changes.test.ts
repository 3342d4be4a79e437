// Changes are read at the cost of what has changed, whatever the table holds and whatever the statistics say.
import { describe, expect, it } from 'vitest'
import { beginChanges, type ChangesCursor, readChanges } from '../../src/db/changes.ts'
import type { Pool } from '../../src/db/pool.ts'
import { testDatabase } from '../support/database.ts'
import { explain } from './explain.ts'
import { addProcess, addTask, addTasks } from './fixtures.ts'

const ME = 1
const LIMIT = 100

async function fullTable(isAnalysedEarly: boolean): Promise<Pool> {
  const { pool } = await testDatabase()
  await pool.query('alter table taskproc.tasks set (autovacuum_enabled = false)')
  await addProcess(pool, { id: ME })
  if (isAnalysedEarly) {
    await addTasks(pool, 1000)
    await pool.query('analyze taskproc.tasks')
  }
  const old = '2020-01-01T00:00:00Z'
  const held = { claimed_by: ME, claimed_at: old, attempts: 1, claim_number: 1, updated_at: old }
  await addTasks(pool, 100_000, { ...held, status: 'done', finished_at: old })
  await addTasks(pool, 50_000, { updated_at: old })
  await addTasks(pool, 500, { ...held, claimed_at: new Date().toISOString(), status: 'in_progress' })
  return pool
}

describe.each([
  ['missing', false],
  ['of a small table in which all was pending', true],
] as const)('with statistics that are %s', async (_, isAnalysedEarly) => {
  const pool = await fullTable(isAnalysedEarly)

  it('a look finds its tasks by their keys and by their owners', async () => {
    const cursor = await beginChanges(pool, LIMIT)
    expect(cursor.running).toHaveLength(LIMIT)
    const plan = await explain(pool, (db) => readChanges(db, cursor, LIMIT).catch(noRow))
    expect(plan.accesses.filter((access) => !/^tasks_(pkey|owner)$/.test(access))).toEqual([])
    // Three sources of 100, the 200 ids that are looked back at, and the 100 that ran: a few pages each.
    expect(plan.buffers).toBeLessThan(10_000)
  })

  it('the first look finds what runs by its owner', async () => {
    const plan = await explain(pool, (db) => beginChanges(db, LIMIT).catch(noRow))
    expect(plan.accesses.filter((access) => !/^tasks_(pkey|owner)$/.test(access))).toEqual([])
    expect(plan.buffers).toBeLessThan(2_000)
  })
})

/** What is explained gives no rows. */
function noRow(thrown: unknown): void {
  if (!(thrown instanceof Error && thrown.message.endsWith('no row'))) throw thrown
}

it('a task that ran and is gone is told apart from one that goes on', async () => {
  const { pool } = await testDatabase()
  const owner = await addProcess(pool)
  const running = { claimed_by: owner, claimed_at: new Date().toISOString(), attempts: 1, claim_number: 1 }
  const [one, two, three] = [
    await addTask(pool, { ...running, status: 'in_progress' }),
    await addTask(pool, { ...running, status: 'in_progress' }),
    await addTask(pool, { ...running, status: 'in_progress' }),
  ]
  const begun = await beginChanges(pool, 10)
  expect([...begun.running].sort()).toEqual([one, two, three])
  // As if that had been an hour ago.
  const cursor: ChangesCursor = { ...begun, atUs: begun.atUs + 3_600_000_000 }
  await pool.query('delete from taskproc.tasks where id = $1', [one])
  await pool.query(`update taskproc.tasks set status = 'done', finished_at = now() where id = $1`, [two])
  const { changes, gone } = await readChanges(pool, cursor, 10)
  expect(gone).toEqual([one])
  expect(changes).toMatchObject([{ id: two, status: 'done', kind: 'noop', attempts: 1 }])
})
