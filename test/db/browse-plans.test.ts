// The cost of a page, in pages of 8 kB: behind 100,000 tasks that are done (7,100 pages, each with room for later versions) stand 2,000
// pending ones; 100 failed, 5 run. Whatever the statistics say, nobody steps over what is done.
import { beforeAll, describe, expect, it } from 'vitest'
import { listTasks, type Page } from '../../src/db/browse.ts'
import type { Pool } from '../../src/db/pool.ts'
import type { TaskFilter } from '../../src/task/filter.ts'
import { testDatabase } from '../support/database.ts'
import { explain } from './explain.ts'
import { addProcess, addTasks } from './fixtures.ts'

const at = '2020-01-01T00:00:00Z'
const DONE = 100_000
const PAGE: Page = { limit: 50, after: null, newestFirst: false }

async function fullTable({ analysedWhenAllWasPending = false } = {}): Promise<Pool> {
  const { pool } = await testDatabase()
  await pool.query('alter table taskproc.tasks set (autovacuum_enabled = false)')
  await addProcess(pool, { id: 1, name: 'me' })
  if (analysedWhenAllWasPending) {
    await addTasks(pool, 1000)
    await pool.query('analyze taskproc.tasks')
    await pool.query('truncate taskproc.tasks restart identity')
  }
  const held = { claimed_by: 1, claimed_at: at, attempts: 1, claim_number: 1 }
  await addTasks(pool, DONE / 2, { ...held, status: 'done', finished_at: at })
  await addTasks(pool, 100, { ...held, status: 'error', finished_at: at, error: 'e' })
  await addTasks(pool, DONE / 2, { ...held, status: 'done', finished_at: at })
  await addTasks(pool, 1000, { queue: 'a' })
  await addTasks(pool, 1000, { queue: 'b' })
  await addTasks(pool, 5, { ...held, claimed_at: new Date().toISOString(), status: 'in_progress' })
  return pool
}

const neverAnalysed = await fullTable()
const analysedEarly = await fullTable({ analysedWhenAllWasPending: true })

// Under "explain" no search finds anything, so each is paid for.
/** What is looked at first: 5,000 rows by the primary key, with their heap pages. */
const NEAR = 400
/** 51 rows by their ids, with their processes. */
const SHOWN = 300
/** 2,000 of them, sorted. */
const PENDING = 290
/** Those that failed or run beside them, from indexes of their own. */
const OTHERS_ALIVE = 130

const CASES: [string, TaskFilter, Partial<Page>, number][] = [
  ['everything', {}, {}, SHOWN],
  ['everything behind an id', {}, { after: 70_000 }, SHOWN],
  ['what is pending', { status: ['pending'] }, {}, NEAR + PENDING],
  ['what is pending, the newest first', { status: ['pending'] }, { newestFirst: true }, NEAR + PENDING],
  ['what is pending in a queue', { status: ['pending'], queue: ['b'] }, {}, NEAR + PENDING],
  ['what is pending behind an id', { status: ['pending'] }, { after: 50_000 }, NEAR + PENDING],
  ['what failed', { status: ['error'] }, {}, SHOWN],
  ['what failed of a kind that never does', { status: ['error'], kind: ['none'] }, {}, SHOWN],
  ['what runs', { status: ['in_progress'] }, {}, 50],
  ['what runs, behind an id', { status: ['in_progress'] }, { after: 1 }, 50],
  ['what runs in a process', { status: ['in_progress'], process: 'me' }, {}, 50],
  ['all that is alive', { status: ['pending', 'in_progress', 'error'] }, {}, NEAR + PENDING + OTHERS_ALIVE],
]

describe.each([
  { statistics: 'missing', pool: neverAnalysed, isAnalysed: false },
  { statistics: 'of a table in which all was pending', pool: analysedEarly, isAnalysed: false },
  { statistics: 'fresh', pool: neverAnalysed, isAnalysed: true },
])('with statistics that are $statistics', ({ pool, isAnalysed }) => {
  beforeAll(async () => {
    if (isAnalysed) await pool.query('analyze taskproc.tasks')
  })

  it.each(CASES)('a page of %s costs what it shows, and not what is done', async (_, filter, page, most) => {
    const { accesses, buffers } = await explain(pool, (db) => listTasks(db, filter, { ...PAGE, ...page }))
    expect(accesses).not.toContain('Seq Scan')
    expect(buffers).toBeLessThan(most)
  })
})

it('looks no further where the first look fills the page, also for a kind that no statistics know', async () => {
  await addTasks(neverAnalysed, 60, { kind: 'new' })
  const statements: string[] = []
  const query = (text: string, values: unknown[]) => {
    statements.push(text)
    return neverAnalysed.query(text, values)
  }
  const db = { query } as unknown as Pool
  const { items } = await listTasks(db, { kind: ['new'] }, { ...PAGE, newestFirst: true })
  expect(items).toHaveLength(50)
  expect(statements).toHaveLength(1)
})
