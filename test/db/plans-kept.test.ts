// Plans that are kept: made for a table in which there was next to nothing, they still go along indexes when it is large.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { claim } from '../../src/db/claim.ts'
import { enqueue } from '../../src/db/enqueue.ts'
import { createPool, type Pool } from '../../src/db/pool.ts'
import { settle } from '../../src/db/settle.ts'
import type { Settlement } from '../../src/task/settlement.ts'
import { testDatabase } from '../support/database.ts'
import { explainPrepared } from './explain.ts'
import { addProcess, addTasks, lane } from './fixtures.ts'

const ME = 1
/** After five of a statement's own the server takes one plan for all. */
const TIMES = 7
const BATCH = 500
const OUTCOMES: Settlement[] = [
  { verb: 'complete', result: null },
  { verb: 'fail', error: 'e' },
]

interface Sent {
  name: string
  text: string
  values: unknown[]
}

describe.each([
  { statistics: 'missing', tasks: 0, isAnalysed: false },
  { statistics: 'of an empty table', tasks: 0, isAnalysed: true },
  { statistics: 'of one page', tasks: 20, isAnalysed: true },
  { statistics: 'of some pages', tasks: 1000, isAnalysed: true },
])('made with statistics that are $statistics', async ({ tasks, isAnalysed }) => {
  const { url } = await testDatabase()
  const pool: Pool = createPool({ url, applicationName: 'test', maxConnections: 1, plansAlongIndexes: true })
  const sent = vi.spyOn(pool, 'query')
  afterAll(() => pool.end())

  beforeAll(async () => {
    await pool.query('alter table taskproc.tasks set (autovacuum_enabled = false)')
    await addProcess(pool, { id: ME })
    if (tasks > 0) await addTasks(pool, tasks, { queue: 'other' })
    if (isAnalysed) await pool.query('vacuum analyze taskproc.tasks')
    for (let time = 0; time < TIMES; time++) {
      for (const settlement of OUTCOMES) {
        await enqueue(pool, [{ kind: 'noop' }])
        const { claims } = await claim(pool, ME, BATCH, [lane({})])
        const batch = claims.map((one) => ({ claim: one, settlement, tookMs: 1 }))
        expect((await settle(pool, 'me', batch)).size).toBe(1)
      }
    }
    await addTasks(pool, 100_000)
  })

  /** The last that was sent with this in it. */
  const lastSent = (part: string): Sent => {
    const all = sent.mock.calls.map(([asked]) => asked as unknown as Sent | string)
    const last = all.findLast((one): one is Sent => typeof one === 'object' && one.text.includes(part))
    if (last === undefined) throw new Error(`nothing was prepared with ${part}`)
    return last
  }

  it('all of them were kept', async () => {
    const { rows } = await pool.query(
      `select statement, generic_plans::int as kept from pg_prepared_statements where statement like '%update taskproc.tasks%'`,
    )
    expect(rows.map(({ kept }) => kept > 0)).toEqual([true, true, true])
  })

  it('a claim reads its lane and its rows', async () => {
    const { name, values } = lastSent(`status = 'in_progress', claimed_by`)
    const { accesses, buffers } = await explainPrepared(pool, name, values)
    expect(accesses).toEqual(['Tid Scan', 'tasks_claim'])
    expect(buffers).toBeLessThan(30 * BATCH)
  })

  it.each(['fail', 'complete'])('a settlement finds its rows by their ids: %s', async (verb) => {
    const { name, values } = lastSent(verb === 'fail' ? 'given_back' : 'finished_at = now(), updated_at')
    const ids = Array.from({ length: BATCH }, (_, place) => place + 1)
    const [_ids, _numbers, _owners, ...others] = values
    const repeated = others.map((value) =>
      Array.isArray(value) && value.length === 1 ? ids.map(() => value[0] ?? 'null') : value,
    )
    const { accesses, buffers } = await explainPrepared(pool, name, [ids, ids, ids, ...repeated])
    expect(accesses).toEqual(['tasks_pkey'])
    expect(buffers).toBeLessThan(30 * BATCH)
  })
})
