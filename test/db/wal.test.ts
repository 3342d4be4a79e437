// What a task writes into the log of the server, by the statements that each task goes through; bytes do not depend on
// the machine. The bounds are about 15 % above what they were when they were set: who exceeds one has made tasks dearer.
import { beforeAll, expect, it } from 'vitest'
import { claim } from '../../src/db/claim.ts'
import type { Db } from '../../src/db/db.ts'
import { enqueue } from '../../src/db/enqueue.ts'
import { settle } from '../../src/db/settle.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { explain } from './explain.ts'
import { addProcess, addTasks, lane } from './fixtures.ts'

const BATCH = 500
const { pool } = await testDatabase()

beforeAll(async () => {
  await pool.query('alter table taskproc.tasks set (autovacuum_enabled = false)')
  await addProcess(pool, { id: 1 })
  await addTasks(pool, BATCH, {
    ...{ status: 'in_progress', claimed_by: 1, claimed_at: new Date().toISOString() },
    ...{ attempts: 1, claim_number: 1, payload: PAYLOAD },
  })
  await addTasks(pool, BATCH, { payload: PAYLOAD })
})

const PAYLOAD = 'x'.repeat(62)

/** For each task of a batch. After a checkpoint whole pages come on top, and then it looks again. */
function walBytesPerTask(act: (db: Db) => Promise<unknown>): Promise<number> {
  return eventually('a measurement without a checkpoint before it', async () => {
    // What an earlier look left behind would fill the pages, and an update that leaves its page is dearer.
    await pool.query('vacuum taskproc.tasks')
    const { walBytes, wholePages } = await explain(pool, act)
    return wholePages === 0 && walBytes / BATCH
  })
}

function complete(db: Db): Promise<unknown> {
  const batch = Array.from({ length: BATCH }, (_, place) => ({
    claim: {
      ...{ id: place + 1, claimNumber: 1, processId: 1, queue: 'default', kind: 'noop', payload: null },
      ...{
        attempt: 1,
        maxAttempts: 3,
        crashes: 0,
        timeoutMs: null,
        backoffMs: null,
        waitedMs: 0,
        claimedAtS: null,
        trace: null,
      },
    },
    settlement: { verb: 'complete', result: null } as const,
    tookMs: 1,
  }))
  return settle(db, 'me', batch)
}

it.each<[string, (db: Db) => Promise<unknown>, number]>([
  [
    'an enqueue',
    (db) =>
      enqueue(
        db,
        Array.from({ length: BATCH }, () => ({ kind: 'noop', payload: PAYLOAD })),
      ),
    500,
  ],
  ['a claim', (db) => claim(db, 1, BATCH, [lane()]).catch(() => {}), 517],
  ['a completion', complete, 368],
])('%s', async (_, act, bound) => {
  const bytes = await walBytesPerTask(act)
  expect(bytes).toBeGreaterThan(bound / 3)
  expect(bytes).toBeLessThan(bound)
})
