// How much of what is stored is air, by statistics of any age: what was loaded since must not be taken for it.
import { expect, it } from 'vitest'
import { readStored, type Stored } from '../../../src/db/doctor/disk.ts'
import { testDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { addTasks } from '../fixtures.ts'

const { pool } = await testDatabase()
const ROWS = 3_000

/** The table of tasks and the index that a claim uses, once the server has counted so many changes of the table. */
async function seen(changes: (changed: number) => boolean): Promise<[Stored, Stored]> {
  await eventually('the changes are counted', async () => {
    const { rows } = await pool.query<{ n: number }>(
      `select n_mod_since_analyze::float8 as n from pg_stat_user_tables where relid = 'taskproc.tasks'::regclass`,
    )
    return changes(rows[0]?.n ?? 0)
  })
  const stored = await readStored(pool)
  const named = (name: string) => stored.find((each) => each.name === name)
  const [table, index] = [named('tasks'), named('tasks_claim')]
  if (table === undefined || index === undefined) throw new Error('not stored')
  return [table, index]
}

const load = () => addTasks(pool, ROWS, { payload: 'x'.repeat(500) })
const analyze = (how = 'analyze') => pool.query(`${how} taskproc.tasks`)

it('is not known before the first analyze, nor from one that saw the table empty', async () => {
  await pool.query('alter table taskproc.tasks set (autovacuum_enabled = off)')
  const unknown = { rows: null, needed_bytes: null }
  await load()
  expect(await seen((changed) => changed >= ROWS)).toMatchObject([unknown, unknown])
  await pool.query('delete from taskproc.tasks')
  await analyze('vacuum (analyze)')
  await load()
  expect(await seen((changed) => changed >= ROWS)).toMatchObject([unknown, unknown])
})

it('counts what was loaded since as rows', async () => {
  await pool.query('delete from taskproc.tasks')
  await addTasks(pool, 10)
  await analyze('vacuum (analyze)')
  await load()
  const [table, index] = await seen((changed) => changed >= ROWS)
  // Of which width the new rows are nobody has seen.
  expect(table).toMatchObject({ rows: null, needed_bytes: null })
  expect(index.rows).toBeGreaterThanOrEqual(ROWS)
  expect(index.needed_bytes).toBeGreaterThan(index.bytes / 2)
  await analyze()
  await addTasks(pool, ROWS - 100, { payload: 'x'.repeat(500) })
  for (const stored of await seen((changed) => changed >= ROWS - 100)) {
    expect(stored.rows).toBeGreaterThanOrEqual(2 * ROWS - 100)
    expect(stored.needed_bytes).toBeGreaterThan(stored.bytes / 2)
  }
})

it('is what rows that were deleted have left, once that was analyzed', async () => {
  await pool.query('delete from taskproc.tasks where id not in (select max(id) from taskproc.tasks)')
  await analyze()
  for (const stored of await seen((changed) => changed === 0)) {
    expect(stored.rows).toBe(1)
    expect(stored.needed_bytes).toBeLessThan(stored.bytes / 5)
  }
})
