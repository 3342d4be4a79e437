// Pages of tasks: what a filter means, whatever statement finds it, and pages that fit together while tasks come and go.
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { listTasks, type Page } from '../../src/db/browse.ts'
import type { Db } from '../../src/db/db.ts'
import type { TaskFilter } from '../../src/task/filter.ts'
import { STATUSES } from '../../src/task/status.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { addProcess, addTask, addTasks, deleteAll } from './fixtures.ts'

const { pool } = await testDatabase()
const PAGE: Page = { limit: 100, after: null, newestFirst: false }

beforeEach(() => deleteAll(pool))

async function idsOf(filter: TaskFilter, page: Partial<Page> = {}, db: Db = pool): Promise<TaskId[]> {
  const { items } = await listTasks(db, filter, { ...PAGE, ...page })
  return items.map(({ id }) => id)
}

/** A database in which the primary key never fills a page: what answers is the search that comes last. */
function farFrom(db: Db): Db {
  const query = (text: string, values: unknown[]) =>
    /limit 5000\b/.test(text) ? Promise.resolve({ rows: [] }) : db.query(text, values)
  return { query } as unknown as Db
}

const AGO = { new: '0 s', old: '3 days' } as const

interface Sample {
  id: number
  status: (typeof STATUSES)[number]
  queue: string
  kind: string
  process: string
  error: string | null
  age: keyof typeof AGO
}

/** One of each: all statuses of two queues, kinds, processes, ages, with and without an error. */
async function everything(): Promise<Sample[]> {
  const samples: Sample[] = []
  const owners = {
    ada: await addProcess(pool, { name: 'ada' }),
    bob: await addProcess(pool, { name: 'bob' }),
  }
  await pool.query(`update taskproc.processes set claims_since = now() - interval '4 days'`)
  let id = 0
  for (const status of STATUSES)
    for (const queue of ['a', 'b'])
      for (const kind of ['x', 'y'])
        for (const process of ['ada', 'bob'] as const)
          for (const age of ['new', 'old'] as const) {
            id++
            const error = status === 'error' || id % 3 === 0 ? `Boom ${id % 2}` : null
            samples.push({ id, status, queue, kind, process, error, age })
            await pool.query(INSERT, [id, status, queue, kind, owners[process], error, AGO[age]])
          }
  return samples
}

const INSERT = `
insert into taskproc.tasks (id, status, queue, kind, claimed_by, error, created_at, claimed_at, finished_at, attempts, claim_number)
overriding system value
select $1, $2, $3, $4, case when $2 <> 'pending' then $5::bigint end, $6, moment, case when $2 <> 'pending' then moment end,
  case when $2 in ('done', 'error', 'cancelled') then moment end, case when $2 = 'pending' then 0 else 1 end, 1
from (select now() - $7::interval as moment) as m`

function means(filter: TaskFilter, { status, queue, kind, process, error, age }: Sample): boolean {
  return (
    (filter.status?.includes(status) ?? true) &&
    (filter.queue?.includes(queue) ?? true) &&
    (filter.kind?.includes(kind) ?? true) &&
    (filter.process === undefined || (status !== 'pending' && filter.process === process)) &&
    (filter.error === undefined || (error ?? '').toLowerCase().includes(filter.error.toLowerCase())) &&
    (filter.olderThanMs === undefined || age === 'old')
  )
}

describe('a filter', () => {
  const some = <Value>(values: readonly [Value, ...Value[]]) => fc.subarray([...values], { minLength: 1 })
  const filters: fc.Arbitrary<TaskFilter> = fc.record(
    {
      status: some(STATUSES),
      queue: some(['a', 'b', 'none']),
      kind: some(['x', 'y']),
      process: fc.constantFrom('ada', 'bob', 'nobody'),
      error: fc.constantFrom('boom', 'BOOM 1', 'nothing'),
      olderThanMs: fc.constant(86_400_000),
    },
    { requiredKeys: [] },
  )

  it.each([
    ['where the primary key is near', (db: Db) => db],
    ['where it is far', farFrom],
  ])('means what all of its fields say, %s', async (_, seenAs) => {
    const samples = await everything()
    const property = fc.asyncProperty(
      filters,
      fc.boolean(),
      fc.nat(80),
      fc.integer({ min: 1, max: 50 }),
      async (...drawn) => {
        const [filter, newestFirst, after, limit] = drawn
        const meant = samples
          .filter((sample) => means(filter, sample) && (newestFirst ? sample.id < after : sample.id > after))
          .map(({ id }) => id)
        if (newestFirst) meant.reverse()
        const { items, next } = await listTasks(seenAs(pool), filter, { limit, after, newestFirst })
        expect(items.map(({ id }) => id)).toEqual(meant.slice(0, limit))
        expect(next).toBe(meant.length > limit ? meant[limit - 1] : null)
      },
    )
    await fc.assert(property, { numRuns: 150 })
  })

  it('is text and no pattern, and no SQL', async () => {
    const claimed = { status: 'error', finished_at: '2020-01-01', attempts: 1, claim_number: 1 }
    const id = await addTask(pool, { ...claimed, error: `100% of 'it' \\ failed_` })
    for (const error of ['100%', `'it'`, '\\', 'FAILED_']) expect(await idsOf({ error })).toEqual([id])
    for (const error of ['1%t', 'failed.', `' or true --`]) expect(await idsOf({ error })).toEqual([])
    expect(await idsOf({ kind: [`noop'; drop table taskproc.tasks; --`] })).toEqual([])
  })
})

describe('pages', () => {
  async function walk(page: Partial<Page>, between: (pages: number) => Promise<unknown>): Promise<TaskId[]> {
    const seen: TaskId[] = []
    let after: TaskId | null = null
    for (let pages = 1; ; pages++) {
      const { items, next } = await listTasks(pool, { kind: ['noop'] }, { ...PAGE, ...page, after })
      seen.push(...items.map(({ id }) => id))
      if (next === null) return seen
      after = next
      await between(pages)
    }
  }

  it('have no gaps and no repeats while tasks are inserted and deleted', async () => {
    const ids = await addTasks(pool, 30)
    const later: TaskId[] = []
    const seen = await walk({ limit: 7 }, async (pages) => {
      if (pages <= 2) later.push(...(await addTasks(pool, 3)))
      await pool.query('delete from taskproc.tasks where id = any ($1)', [ids.slice(0, pages * 2)])
    })
    expect(seen).toEqual([...ids, ...later])
  })

  it('go back in time with the newest first, and what is inserted meanwhile does not shift them', async () => {
    const ids = await addTasks(pool, 20)
    const seen = await walk({ limit: 6, newestFirst: true }, () => addTasks(pool, 2))
    expect(seen).toEqual([...ids].reverse())
  })

  it('end with a full one where the tasks do', async () => {
    const ids = await addTasks(pool, 10)
    expect((await listTasks(pool, {}, { ...PAGE, limit: 5 })).next).toBe(ids[4])
    expect((await listTasks(pool, {}, { ...PAGE, limit: 5, after: ids[4] ?? 0 })).next).toBeNull()
    expect((await listTasks(pool, {}, { ...PAGE, limit: 10 })).next).toBeNull()
  })

  it('keep ids beyond 2^53 exact, to the largest there can be', async () => {
    const large = ['9007199254740993', '9007199254740995', '9223372036854775807']
    for (const id of large) await addTask(pool, { id })
    expect(await listTasks(pool, {}, { ...PAGE, limit: 2 })).toMatchObject({ next: large[1] })
    expect(await idsOf({}, { after: large[0] ?? 0 })).toEqual(large.slice(1))
    expect(await idsOf({}, { newestFirst: true })).toEqual([...large].reverse())
    expect(await idsOf({ status: ['pending'] }, { after: large[2] ?? 0 })).toEqual([])
  })
})

it('gives the documents that show gives', async () => {
  const process = await addProcess(pool, { name: 'ada' })
  const at = '2030-01-31T09:00:00.000001Z'
  const id = await addTask(pool, {
    ...{ status: 'done', claimed_by: process, claimed_at: at, finished_at: at, attempts: 1, claim_number: 1 },
    ...{ payload: { to: 'ada' }, result: [1], unique_key: 'key', created_at: at, updated_at: at, run_at: at },
  })
  const { items } = await listTasks(pool, {}, PAGE)
  expect(items).toEqual([
    {
      ...{ id, kind: 'noop', queue: 'default', status: 'done', payload: { to: 'ada' }, priority: 0 },
      ...{ attempts: 1, max_attempts: 3, crashes: 0, claim_number: 1, run_at: at, claimed_by: 'ada' },
      ...{ claimed_at: at, finished_at: at, result: [1], error: null, unique_key: 'key', created_at: at },
      updated_at: at,
    },
  ])
})
