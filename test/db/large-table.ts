// The table of the plan tests. 200,000 tasks: 95,000 done, 5,000 in our hands, 100,000 pending in one lane.
import type { Pool } from '../../src/db/pool.ts'
import { testDatabase } from '../support/database.ts'
import { addProcess, addTasks } from './fixtures.ts'

const at = '2020-01-01T00:00:00Z'
/** The process that holds what is in progress. */
export const ME = 1
export const FIRST_HELD = 95_001

/** When the table was looked at by `analyze` for the last time; it never is afterwards, unless a test asks for it. */
export type Analysed = 'never' | 'when it was empty' | 'when all was pending'

export async function largeTable(analysed: Analysed): Promise<Pool> {
  const { pool } = await testDatabase()
  await pool.query('alter table taskproc.tasks set (autovacuum_enabled = false)')
  await addProcess(pool, { id: ME })
  if (analysed === 'when all was pending') await addTasks(pool, 1000)
  if (analysed !== 'never') await pool.query('analyze taskproc.tasks')
  await pool.query('truncate taskproc.tasks restart identity')
  const held = { claimed_by: ME, claimed_at: at, attempts: 1, claim_number: 1 }
  await addTasks(pool, 95_000, { ...held, status: 'done', finished_at: at })
  await addTasks(pool, 5000, { ...held, claimed_at: new Date().toISOString(), status: 'in_progress' })
  await addTasks(pool, 100_000)
  return pool
}
