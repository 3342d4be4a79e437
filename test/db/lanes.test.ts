// Lanes: every combination of queue, kind and priority that holds a pending task, and when its first one is due.
import { beforeEach, expect, it } from 'vitest'
import type { Db } from '../../src/db/db.ts'
import { isAnyPending, look } from '../../src/db/look.ts'
import type { Lane } from '../../src/task/lane.ts'
import { testDatabase } from '../support/database.ts'
import { addTask, addTasks, deleteAll, rolledBack } from './fixtures.ts'

const { pool } = await testDatabase()

async function readLanes(db: Db, queues: string[] | null, kinds: string[]): Promise<Lane[]> {
  return (await look(db, { processId: 0, queues, kinds, minCrashes: 2 }, 'unasked')).lanes
}

beforeEach(() => deleteAll(pool))

async function names(queues: string[] | null, kinds: string[]): Promise<string[]> {
  return (await readLanes(pool, queues, kinds)).map((lane) => `${lane.queue} ${lane.kind} ${lane.priority}`)
}

it('are none in an empty table, and none for nobody', async () => {
  expect(await readLanes(pool, null, ['noop'])).toEqual([])
  await addTask(pool)
  expect(await readLanes(pool, null, [])).toEqual([])
  expect(await readLanes(pool, [], ['noop'])).toEqual([])
})

it('come once each, the larger priority first, then by their names', async () => {
  for (const priority of [0, -5, 32_767, -32_768]) await addTasks(pool, 3, { priority })
  for (const queue of ['a', 'z']) await addTasks(pool, 2, { queue, kind: 'other' })
  expect(await names(null, ['noop', 'other'])).toEqual([
    'default noop 32767',
    ...['a other 0', 'default noop 0', 'z other 0'],
    ...['default noop -5', 'default noop -32768'],
  ])
})

it('are those of the queues and kinds that are asked for, whatever stands between them', async () => {
  for (const queue of ['a', 'b', 'c'])
    for (const kind of ['x', 'y', `"odd',{}\\`]) await addTask(pool, { queue, kind })
  expect(await names(['a', 'c'], [`"odd',{}\\`, 'y'])).toEqual([
    `a "odd',{}\\ 0`,
    'a y 0',
    `c "odd',{}\\ 0`,
    'c y 0',
  ])
  expect(await names(['b', 'none'], ['x', 'none'])).toEqual(['b x 0'])
})

it('are those with a pending task, due or not', async () => {
  const at = '2020-01-01T00:00:00Z'
  const held = { claimed_by: 1, claimed_at: at, attempts: 1, claim_number: 1 }
  await addTask(pool, { ...held, queue: 'running', status: 'in_progress' })
  await addTask(pool, { ...held, queue: 'done', status: 'done', finished_at: at })
  await addTask(pool, { queue: 'cancelled', status: 'cancelled', finished_at: at })
  await addTask(pool, { queue: 'pending' })
  await addTask(pool, { queue: 'later', run_at: '2999-01-01T00:00:00Z' })
  expect(await names(null, ['noop'])).toEqual(['later noop 0', 'pending noop 0'])
})

it('say when their first task is due: positive in the future, negative in the past', async () => {
  await rolledBack(pool, async (db) => {
    const dueIn = async (queue: string, ms: number) => {
      await db.query(
        `insert into taskproc.tasks (kind, queue, run_at) values ('noop', $1, now() + $2 * interval '1 millisecond')`,
        [queue, ms],
      )
    }
    for (const ms of [90_000, 2500.25, 5000]) await dueIn('later', ms)
    for (const ms of [90_000, 0]) await dueIn('now', ms)
    for (const ms of [90_000, -1500]) await dueIn('overdue', ms)
    expect((await readLanes(db, null, ['noop'])).map(({ queue, dueInMs }) => [queue, dueInMs])).toEqual([
      ...[
        ['later', 2500.25],
        ['now', 0],
        ['overdue', -1500],
      ],
    ])
  })
})

it('have a due time that is a finite number, at both ends of the calendar', async () => {
  await addTask(pool, { queue: 'a', run_at: '290000-01-01T00:00:00Z' })
  await addTask(pool, { queue: 'b', run_at: '4000-01-01T00:00:00Z BC' })
  const due = (await readLanes(pool, null, ['noop'])).map(({ dueInMs }) => dueInMs)
  expect(due).toEqual([1e15, expect.any(Number)])
  expect(due.every(Number.isFinite)).toBe(true)
})

it('are not what tells whether anything is pending: that is asked of every queue and kind', async () => {
  const looker = { processId: 0, queues: ['default'], kinds: ['noop'], minCrashes: 2 }
  const both = async () => [await isAnyPending(pool), (await look(pool, looker, 'unasked')).isAnyPending]
  expect(await both()).toEqual([false, false])
  const at = '2020-01-01T00:00:00Z'
  await addTask(pool, { status: 'cancelled', finished_at: at })
  expect(await both()).toEqual([false, false])
  await addTask(pool, { queue: 'other', kind: 'other', run_at: '2999-01-01T00:00:00Z' })
  expect(await both()).toEqual([true, true])
  expect(await readLanes(pool, ['default'], ['noop'])).toEqual([])
})
