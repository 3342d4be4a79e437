// Plans: each hot statement finds its rows by their addresses or by one index, whatever the statistics say, and its cost
// is that of its batch.
import { beforeAll, describe, expect, it } from 'vitest'
import { cancel } from '../../src/db/cancel.ts'
import { claim } from '../../src/db/claim.ts'
import type { Db } from '../../src/db/db.ts'
import { enqueue } from '../../src/db/enqueue.ts'
import { findNext, startOf } from '../../src/db/filter/walk.ts'
import { isAnyPending, look } from '../../src/db/look.ts'
import { prune } from '../../src/db/prune/prune.ts'
import { pruneOrphanLogs, pruneProcesses } from '../../src/db/prune/rest.ts'
import { isAnythingLeft } from '../../src/db/remaining.ts'
import { readCounters } from '../../src/db/remote/counters.ts'
import { declareDead, rescue } from '../../src/db/rescue.ts'
import { retry } from '../../src/db/retry.ts'
import { settle } from '../../src/db/settle.ts'
import { readStats } from '../../src/db/stats/stats.ts'
import type { TaskFilter } from '../../src/task/filter.ts'
import type { Settlement } from '../../src/task/settlement.ts'
import { explain } from './explain.ts'
import { addProcess, lane } from './fixtures.ts'
import { FIRST_HELD, largeTable, ME } from './large-table.ts'

/** Settles this many of the tasks that we hold. */
function settleHeld(db: Db, count: number, settlement: Settlement, resent = false): Promise<unknown> {
  const batch = Array.from({ length: count }, (_, place) => {
    const claim = { id: FIRST_HELD + place, claimNumber: 1, processId: ME }
    return { claim: { ...NOT_LOOKED_AT, ...claim }, settlement, tookMs: 1 }
  })
  return settle(db, 'me', batch, resent)
}

const NOT_LOOKED_AT = {
  ...{ queue: 'default', kind: 'noop', payload: null, attempt: 1, maxAttempts: 3, crashes: 0 },
  ...{ timeoutMs: null, backoffMs: null, waitedMs: 0, claimedAtS: null, trace: null },
}

/** The unique index finds a live task by its key, row by row. */
const isByKey = (access: string) => access === 'tasks_pkey' || access === 'tasks_unique_live'

const LANES = [lane(), lane({ queue: 'none' })]
const DONE: Settlement = { verb: 'complete', result: '"x"' }
const FAILED: Settlement = { verb: 'retry', delayMs: 1000, error: 'e' }

const neverAnalysed = await largeTable('never')
const analysedEmpty = await largeTable('when it was empty')
const analysedEarly = await largeTable('when all was pending')

describe.each([
  { statistics: 'missing', pool: neverAnalysed, isAnalysed: false },
  { statistics: 'of an empty table', pool: analysedEmpty, isAnalysed: false },
  { statistics: 'of a table in which all was pending', pool: analysedEarly, isAnalysed: false },
  { statistics: 'fresh', pool: neverAnalysed, isAnalysed: true },
])('with statistics that are $statistics', ({ pool, isAnalysed }) => {
  beforeAll(async () => {
    if (isAnalysed) await pool.query('analyze taskproc.tasks')
  })

  it.each([1, 500])('a claim of %i looks at the claim index and then at addresses', async (count) => {
    const { accesses, buffers } = await explain(pool, (db) => claim(db, ME, count, LANES).catch(() => {}))
    expect(accesses).toEqual(['Tid Scan', 'tasks_claim'])
    expect(buffers).toBeLessThan(100 + 30 * count)
  })

  it.each([1, 500])('a completion of %i looks at ids alone', async (count) => {
    const { accesses, buffers } = await explain(pool, (db) => settleHeld(db, count, DONE))
    expect(accesses).toEqual(['tasks_pkey'])
    expect(buffers).toBeLessThan(50 + 20 * count)
  })

  it.each([1, 500])('a settlement of %i looks at ids alone', async (count) => {
    const { accesses, buffers } = await explain(pool, (db) => settleHeld(db, count, FAILED))
    expect(accesses).toEqual(['tasks_pkey'])
    expect(buffers).toBeLessThan(100 + 40 * count)
  })

  it.each([1, 500])('a settlement of %i that is sent again looks at ids alone', async (count) => {
    const { accesses, buffers } = await explain(pool, (db) => settleHeld(db, count, DONE, true))
    expect(accesses).toEqual(['tasks_pkey'])
    expect(buffers).toBeLessThan(100 + 30 * count)
  })

  it('a look costs what there are of lanes, not what is in them', async () => {
    const looker = { processId: ME, queues: null, kinds: ['noop'], minCrashes: 2 }
    const { accesses, buffers } = await explain(pool, (db) => look(db, looker, 'nothing'))
    expect(accesses).toEqual(['tasks_claim', 'tasks_crashed'])
    expect(buffers).toBeLessThan(90)
  })

  it('whether anything is pending costs a look at one entry', async () => {
    const { accesses, buffers } = await explain(pool, isAnyPending)
    expect(accesses).toEqual(['tasks_claim'])
    expect(buffers).toBeLessThan(20)
  })

  it('whether anything is left costs no look at what is finished', async () => {
    const { accesses, buffers } = await explain(pool, (db) => isAnythingLeft(db, null, ['noop']))
    expect(accesses).not.toContain('Seq Scan')
    expect(buffers).toBeLessThan(100)
  })

  it('stats of a large table look at what is pending, and by id at a bounded number of places', async () => {
    const { accesses, buffers } = await explain(pool, (db) => readStats(db, { smallBytes: 0 }))
    expect(accesses).toEqual(['tasks_claim', 'tasks_owner', 'tasks_pkey'])
    // 100,000 entries are counted in the index, and each of their pages is looked at for what is visible.
    expect(buffers).toBeLessThan(40_000)
  })

  it('a rescue looks at what its process claimed since then, and then at addresses', async () => {
    const { accesses, buffers } = await explain(pool, async (db) => {
      await declareDead(db, ME)
      await rescue(db, 3, 500)
    })
    expect(accesses).toEqual(['Tid Scan', 'tasks_owner'])
    expect(buffers).toBeLessThan(1000 + 60 * 500)
  })

  it('an enqueue pays for its rows', async () => {
    const batch = Array.from({ length: 500 }, (_, place) => ({ kind: 'noop', uniqueKey: `key ${place}` }))
    const { accesses, buffers } = await explain(pool, (db) => enqueue(db, batch))
    expect(accesses).toEqual([])
    expect(buffers).toBeLessThan(100 + 30 * batch.length)
  })

  it('the counters of a remote worker come from what it claimed lately', async () => {
    const { accesses } = await explain(pool, (db) => readCounters(db, ME, 0))
    expect(accesses).toEqual(['tasks_owner'])
  })

  it('a cancellation looks at ids alone', async () => {
    const ids = Array.from({ length: 100 }, (_, place) => FIRST_HELD + place)
    const { accesses, buffers } = await explain(pool, (db) => cancel(db, ids, 'me'))
    expect(accesses).toEqual(['tasks_pkey'])
    expect(buffers).toBeLessThan(100 + 50 * ids.length)
  })

  it.each<[string, TaskFilter, string[], number]>([
    ['ids', { kind: ['rare'], olderThanMs: 1 }, ['tasks_pkey'], 3],
    ['ids', { process: 'nobody', error: 'x' }, ['tasks_pkey'], 3],
    ['what failed', { status: ['error'], error: 'x' }, ['tasks_failed'], 3],
    ['what is pending', { status: ['pending'], kind: ['rare'] }, ['tasks_claim'], 3],
    ['what runs', { status: ['in_progress'], queue: ['none'] }, ['tasks_owner'], 6],
  ])('a stretch of %s looks at so many rows and no more', async (_, filter, indexes, buffersPerRow) => {
    const { accesses, buffers } = await explain(pool, (db) =>
      findNext(db, filter, startOf(filter), 1000).catch(() => {}),
    )
    expect(accesses).toEqual(indexes)
    expect(buffers).toBeLessThan(100 + buffersPerRow * 1000)
  })

  it('a bulk act looks at the ids that it was given, whatever the filter says', async () => {
    const ids = Array.from({ length: 500 }, (_, place) => place + 1)
    const pending = ids.map((id) => id + 100_000)
    const filters: TaskFilter[] = [{ status: ['pending'] }, { status: ['error'], process: 'me', error: 'x' }]
    for (const filter of filters) {
      for (const act of [
        (db: Db) => cancel(db, pending, 'me', filter),
        (db: Db) => retry(db, ids, 'me', filter),
        (db: Db) => prune(db, ids, { ...filter, olderThanMs: 1 }),
      ]) {
        const { accesses, buffers } = await explain(pool, act)
        expect(new Set(['tasks_pkey', ...accesses])).toEqual(
          new Set(['tasks_pkey', ...accesses.filter(isByKey)]),
        )
        expect(buffers).toBeLessThan(100 + 60 * ids.length)
      }
    }
  })

  it('what tasks leave behind is found without a look at them all', async () => {
    // The other tests left dead rows in it.
    await pool.query('vacuum taskproc.task_logs')
    await pool.query('delete from taskproc.processes where id > 1000')
    const at = '2020-01-01T00:00:00Z'
    const ended = { state: 'lost', stopped_at: at, swept_at: at }
    for (let id = 1001; id <= 1010; id++) await addProcess(pool, { ...ended, id })
    const { accesses, buffers } = await explain(pool, async (db) => {
      await pruneProcesses(db, 1, 100)
      await pruneOrphanLogs(db, 0, 100).catch(() => {})
    })
    expect(accesses).toEqual(['tasks_owner', 'tasks_pkey'])
    expect(buffers).toBeLessThan(300)
  })
})
