// Settle: a completion is a heap-only (HOT) update. It touches no indexed column, so that no index is written.
import { expect, it } from 'vitest'
import type { Db } from '../../src/db/db.ts'
import { settle } from '../../src/db/settle.ts'
import type { Settlement } from '../../src/task/settlement.ts'
import { testDatabase } from '../support/database.ts'
import { addClaimed, addProcess, deleteAll, rolledBack } from './fixtures.ts'

const { pool } = await testDatabase()

/** What a settlement of 10 tasks, alone in their page, counts as. */
async function updatesOf(settlement: Settlement, columns = {}): Promise<{ all: number; hot: number }> {
  await deleteAll(pool)
  await pool.query('vacuum taskproc.tasks')
  const claims = await addClaimed(pool, await addProcess(pool), 10, columns)
  return rolledBack(pool, async (db) => {
    const before = await countUpdates(db)
    await settle(
      db,
      'me',
      claims.map((claim) => ({ claim, settlement, tookMs: 1 })),
    )
    const after = await countUpdates(db)
    return { all: after.all - before.all, hot: after.hot - before.hot }
  })
}

/** What this connection counted and did not yet hand in. */
async function countUpdates(db: Db): Promise<{ all: number; hot: number }> {
  const { rows } = await db.query<{ all: number; hot: number }>(
    `select n_tup_upd as all, n_tup_hot_upd as hot from pg_stat_xact_all_tables where relid = 'taskproc.tasks'::regclass`,
  )
  return rows[0] ?? { all: 0, hot: 0 }
}

it('is what a completion is', async () => {
  expect(await updatesOf({ verb: 'complete', result: '{"a": "b"}' })).toEqual({ all: 10, hot: 10 })
})

it('is not what a final failure is: the task goes into the index of those that failed', async () => {
  expect(await updatesOf({ verb: 'fail', error: 'e' })).toEqual({ all: 10, hot: 0 })
})

it('is not what a release is: the task goes back into the claim index', async () => {
  expect(await updatesOf({ verb: 'release' })).toEqual({ all: 10, hot: 0 })
})
