// Plans on a table that is small, where a look at every row seems cheap: not where each is compared with each outcome.
import { expect, it } from 'vitest'
import { settle } from '../../src/db/settle.ts'
import type { Settlement } from '../../src/task/settlement.ts'
import { testDatabase } from '../support/database.ts'
import { explain } from './explain.ts'
import { addProcess, addTasks } from './fixtures.ts'

const ME = 1
const CLAIMED = 2000
const DONE: Settlement = { verb: 'complete', result: '{"sent": true}' }
const FAILED: Settlement = { verb: 'fail', error: 'e' }

// With 2,000 in progress of whom the statistics know nothing, a plan that starts from these took 190 ms, and not 4.
it.each([
  { tasks: 2000, verb: DONE },
  { tasks: 10_000, verb: DONE },
  { tasks: 2000, verb: FAILED },
  { tasks: 10_000, verb: FAILED },
])(
  'a settlement of 500 looks at ids in a table of $tasks that was analysed before its claims',
  async ({ tasks, verb: settlement }) => {
    const { pool } = await testDatabase()
    await pool.query('alter table taskproc.tasks set (autovacuum_enabled = false)')
    await addProcess(pool, { id: ME })
    await addTasks(pool, tasks)
    await pool.query('vacuum analyze taskproc.tasks')
    await pool.query(
      `update taskproc.tasks set status = 'in_progress', claimed_by = $1, claimed_at = now(), attempts = 1, claim_number = 1
       where id <= $2`,
      [ME, CLAIMED],
    )
    const batch = Array.from({ length: 500 }, (_, place) => ({
      claim: { ...NOT_LOOKED_AT, id: place + 1, claimNumber: 1, processId: ME },
      settlement,
      tookMs: 1,
    }))
    const { accesses } = await explain(pool, (db) => settle(db, 'me', batch))
    expect(accesses).toEqual(['tasks_pkey'])
  },
)

const NOT_LOOKED_AT = {
  ...{ queue: 'default', kind: 'noop', payload: null, attempt: 1, maxAttempts: 3, crashes: 0 },
  ...{ timeoutMs: null, backoffMs: null, waitedMs: 0, claimedAtS: null, trace: null },
}
