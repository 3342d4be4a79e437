// Plans of what a process asks again and again while there is nothing to do, and of what it asks about its own tasks: none
// of it looks at what is finished or waits, whatever the statistics say.
import { beforeAll, describe, expect, it } from 'vitest'
import { beat } from '../../src/db/beat.ts'
import { readCancelRequests } from '../../src/db/cancel.ts'
import { claim } from '../../src/db/claim.ts'
import type { Db } from '../../src/db/db.ts'
import { enqueue } from '../../src/db/enqueue.ts'
import { declareLost, rescue } from '../../src/db/rescue.ts'
import { lookForRescue } from '../../src/db/rescue-look.ts'
import { readTicks } from '../../src/db/schedules.ts'
import { fallAsleep, wakeUp } from '../../src/db/sleepers.ts'
import { releaseStrays } from '../../src/db/strays.ts'
import { claimSuspect } from '../../src/db/suspects.ts'
import { noTotals } from '../../src/task/totals.ts'
import { explain } from './explain.ts'
import { lane } from './fixtures.ts'
import { FIRST_HELD, largeTable, ME } from './large-table.ts'

const HELD = Array.from({ length: 500 }, (_, place) => FIRST_HELD + place)
const COUNTERS = { totals: noTotals(), at_us: 0, settled: [], failed: [], wait_ms: {}, run_ms: {} }
const BEAT = { running: 0, waiting: 0, claimsSinceUs: 0, counters: COUNTERS, doing: [] }
/** A page or two of each small table and of each index. */
const FEW_BUFFERS = 40

const neverAnalysed = await largeTable('never')
const analysedEmpty = await largeTable('when it was empty')

describe.each([
  { statistics: 'missing', pool: neverAnalysed, isAnalysed: false },
  { statistics: 'of an empty table', pool: analysedEmpty, isAnalysed: false },
  { statistics: 'fresh', pool: neverAnalysed, isAnalysed: true },
])('with statistics that are $statistics', ({ pool, isAnalysed }) => {
  beforeAll(async () => {
    if (isAnalysed) await pool.query('analyze taskproc.tasks')
  })

  it.each<[string, (db: Db) => Promise<unknown>, string[]]>([
    [
      'a claim from a lane in which nothing is left',
      (db) => claim(db, ME, 500, [lane({ queue: 'none' })]),
      ['Tid Scan', 'tasks_claim'],
    ],
    [
      'the claim of a suspect where there is none',
      (db) => claimSuspect(db, ME, 2).catch(() => {}),
      ['Tid Scan', 'tasks_crashed'],
    ],
    ['falling asleep', (db) => fallAsleep(db, ME, null, 1000), []],
    ['waking up', (db) => wakeUp(db, ME), []],
    ['a beat', (db) => beat(db, ME, BEAT), []],
    ['the look for lost processes', declareLost, []],
    ['the look for a reason to rescue', (db) => lookForRescue(db, ME), []],
    ['a rescue where nobody is lost', (db) => rescue(db, 3, 500), ['Tid Scan', 'tasks_owner']],
    ['the look for ticks', (db) => readTicks(db, 30_000), []],
  ])('%s costs next to nothing', async (_, act, expected) => {
    const { accesses, buffers } = await explain(pool, act)
    expect(accesses).toEqual(expected)
    expect(buffers).toBeLessThan(FEW_BUFFERS)
  })

  it('whether somebody wants its tasks cancelled is asked by their ids', async () => {
    const { accesses, buffers } = await explain(pool, (db) => readCancelRequests(db, HELD))
    expect(accesses).toEqual(['tasks_pkey'])
    expect(buffers).toBeLessThan(50 + 5 * HELD.length)
  })

  it('strays are looked for among what it claimed since, not among all that it ever did', async () => {
    const { accesses, buffers } = await explain(pool, (db) => releaseStrays(db, ME, HELD))
    expect(accesses).toEqual(['tasks_owner'])
    // 4,500 of the 5,000 are strays here, and each is changed and logged.
    expect(buffers).toBeLessThan(1000 + 60 * 5000)
  })

  it('a unique key that a live task has costs a look at one index', async () => {
    const batch = Array.from({ length: 500 }, (_, place) => ({
      kind: 'noop',
      uniqueKey: `key ${place % 50}`,
    }))
    const { accesses, buffers } = await explain(pool, (db) => enqueue(db, batch))
    expect(accesses).toEqual([])
    expect(buffers).toBeLessThan(100 + 30 * batch.length)
  })
})
