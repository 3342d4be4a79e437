// A walk: meets every task that a filter means, once, whichever way it goes, and looks at a bounded number of rows a step.
import { beforeEach, describe, expect, it } from 'vitest'
import { countNext, type Found, findNext, type Group, startOf } from '../../../src/db/filter/walk.ts'
import type { TaskFilter } from '../../../src/task/filter.ts'
import type { TaskId } from '../../../src/task/task.ts'
import { testDatabase } from '../../support/database.ts'
import { addClaimed, addProcess, addTask, addTasks, deleteAll } from '../fixtures.ts'

const { pool } = await testDatabase()
const at = '2020-01-01T00:00:00Z'
const ended = { finished_at: at, created_at: at, attempts: 1, claim_number: 1 }
const error = { ...ended, status: 'error', error: 'No luck' }
const cancelled = { ...ended, status: 'cancelled' }

beforeEach(() => deleteAll(pool))

async function walk(filter: TaskFilter, looks: number): Promise<{ ids: TaskId[]; steps: Found[] }> {
  const steps: Found[] = []
  for (let place = startOf(filter) as Found['next']; place !== null; ) {
    const found = await findNext(pool, filter, place, looks)
    steps.push(found)
    place = found.next
  }
  return { ids: steps.flatMap(({ ids }) => ids), steps }
}

async function count(filter: TaskFilter, looks: number): Promise<Group[]> {
  const groups: Group[] = []
  for (let place = startOf(filter) as Found['next']; place !== null; ) {
    const counted = await countNext(pool, filter, place, looks)
    groups.push(...counted.groups)
    place = counted.next
  }
  return groups
}

describe.each([1, 2, 3, 1000])('in steps of %i', (looks) => {
  it('meets what is finished in the order of the ids', async () => {
    const ids = []
    for (const columns of [error, cancelled, {}, error, cancelled]) ids.push(await addTask(pool, columns))
    const both = { status: ['error', 'cancelled'] } as const
    expect((await walk(both, looks)).ids).toEqual(ids.filter((_, index) => index !== 2))
    expect((await walk({ status: ['error'] }, looks)).ids).toEqual([ids[0], ids[3]])
    expect((await walk({}, looks)).ids).toEqual(ids)
  })

  it('meets what is pending in the order of the claims, delayed or not', async () => {
    await addTask(pool, error)
    const later = await addTask(pool, { run_at: '2100-01-01T00:00:00Z' })
    const now = await addTasks(pool, 3, { run_at: at })
    const other = await addTask(pool, { queue: 'a', kind: 'mails', priority: -5 })
    const { ids } = await walk({ status: ['pending'] }, looks)
    expect(ids).toEqual([other, ...now, later])
    expect((await walk({ status: ['pending'], queue: ['a', 'b'] }, looks)).ids).toEqual([other])
    expect((await walk({ status: ['pending'], kind: ['noop'] }, looks)).ids).toEqual([...now, later])
  })

  it('meets what every process runs, behind what is pending', async () => {
    const running = []
    for (let place = 0; place < 3; place++) {
      const me = await addProcess(pool)
      // Two claims, the first of two tasks in one instant.
      running.push(...(await addClaimed(pool, me, Math.min(2, looks))), ...(await addClaimed(pool, me, 1)))
      await addProcess(pool, { state: 'stopped', stopped_at: at, swept_at: at })
    }
    const pending = await addTasks(pool, 2)
    const filter = { status: ['in_progress', 'pending'] } as const
    const ids = running.map(({ id }) => id)
    expect((await walk(filter, looks)).ids).toEqual([...pending, ...ids])
    expect((await walk({ status: ['in_progress'] }, looks)).ids).toEqual(ids)
  })

  it('counts what it would meet, by queue, kind and status', async () => {
    await addTasks(pool, 3, error)
    await addTasks(pool, 2, { ...cancelled, queue: 'b' })
    await addTask(pool)
    const groups = await count({ status: ['error', 'cancelled'] }, looks)
    const sums: Record<string, number> = {}
    for (const { queue, kind, status, count } of groups) {
      const name = `${queue} ${kind} ${status}`
      sums[name] = (sums[name] ?? 0) + count
    }
    expect(sums).toEqual({ 'default noop error': 3, 'b noop cancelled': 2 })
  })
})

it('looks at no more rows a step than it was told, and goes on where few are meant', async () => {
  await addTasks(pool, 50, cancelled)
  const last = await addTask(pool, { ...error, kind: 'rare' })
  const { ids, steps } = await walk({ kind: ['rare'] }, 10)
  expect(ids).toEqual([last])
  expect(steps.map(({ looked }) => looked)).toEqual([10, 10, 10, 10, 10, 1])
})

it('says how old the first of what it looked at is', async () => {
  await addTask(pool, { created_at: new Date(Date.now() - 3_600_000).toISOString() })
  const [first] = (await walk({}, 10)).steps
  expect(first?.oldestMs).toBeGreaterThan(3_590_000)
  expect(first?.oldestMs).toBeLessThan(3_700_000)
  await deleteAll(pool)
  expect((await walk({}, 10)).steps).toMatchObject([{ ids: [], looked: 0, oldestMs: 0, next: null }])
})

it.each<[string, TaskFilter, number]>([
  ['part of the error text', { status: ['error'], error: 'NO l' }, 1],
  ['another text', { status: ['error'], error: 'luck!' }, 0],
  ['its age', { olderThanMs: 1000 }, 1],
  ['a greater age', { olderThanMs: Date.now() }, 0],
  ['the process that held it', { process: 'me' }, 1],
  ['another process', { process: 'you' }, 0],
])('finds by %s', async (_, filter, found) => {
  const me = await addProcess(pool, { name: 'me' })
  await addTask(pool, { ...error, claimed_by: me, claimed_at: at })
  expect((await walk(filter, 10)).ids).toHaveLength(found)
})
