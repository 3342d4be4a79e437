// Stats: exact counts by status, queue and kind, the age of what waits, and what the processes tell of themselves.
import { beforeEach, expect, it } from 'vitest'
import { beat, type ProcessCounters } from '../../src/db/processes.ts'
import { readStats } from '../../src/db/stats.ts'
import { noTotals } from '../../src/task/totals.ts'
import { testDatabase } from '../support/database.ts'
import { addProcess, addTasks, deleteAll, rolledBack } from './fixtures.ts'

const { pool } = await testDatabase()
const at = '2020-01-01T00:00:00Z'
const held = { claimed_by: 1, claimed_at: at, attempts: 1, claim_number: 1 }
const none = { pending: 0, in_progress: 0, done: 0, error: 0, cancelled: 0 }

beforeEach(() => deleteAll(pool))

it('are zeros and nulls in an empty database', async () => {
  expect(await readStats(pool)).toEqual({
    ...{ tasks: none, queues: [], kinds: [], processes: [], oldest_pending_seconds: null },
    ...{ throughput: { per_second: 0, window_seconds: 60 }, wait_ms: null, run_ms: null },
  })
})

it('count every task by status, and again for each queue and each kind', async () => {
  await addTasks(pool, 3, { queue: 'a', kind: 'x', run_at: '2999-01-01T00:00:00Z' })
  await addTasks(pool, 2, { queue: 'a', kind: 'y', priority: 5, run_at: '2999-01-01T00:00:00Z' })
  await addTasks(pool, 4, { ...held, queue: 'b', kind: 'x', status: 'in_progress' })
  await addTasks(pool, 5, { ...held, queue: 'b', kind: 'x', status: 'done', finished_at: at })
  await addTasks(pool, 6, { ...held, queue: 'b', kind: 'y', status: 'error', error: 'e', finished_at: at })
  await addTasks(pool, 7, { queue: 'b', kind: 'y', status: 'cancelled', finished_at: at })
  const { tasks, queues, kinds } = await readStats(pool)
  expect(tasks).toEqual({ pending: 5, in_progress: 4, done: 5, error: 6, cancelled: 7 })
  expect(queues).toEqual([
    { ...none, queue: 'a', pending: 5, oldest_pending_seconds: null },
    { ...none, queue: 'b', in_progress: 4, done: 5, error: 6, cancelled: 7, oldest_pending_seconds: null },
  ])
  expect(kinds).toEqual([
    { ...none, kind: 'x', pending: 3, in_progress: 4, done: 5 },
    { ...none, kind: 'y', pending: 2, error: 6, cancelled: 7 },
  ])
})

it('give the age of the oldest task that is due and waits, in all and for each queue', async () => {
  await rolledBack(pool, async (db) => {
    const add = (queue: string, seconds: number) =>
      db.query(
        `insert into taskproc.tasks (kind, queue, run_at) values ('noop', $1, now() - $2 * interval '1 second')`,
        [queue, seconds],
      )
    for (const [queue, seconds] of [
      ['a', 5],
      ['a', 90.5],
      ['b', 7],
      ['b', -60],
      ['c', -60],
    ] as const)
      await add(queue, seconds)
    await addTasks(db, 1, { ...held, run_at: at, status: 'in_progress' })
    const { oldest_pending_seconds, queues } = await readStats(db)
    expect(oldest_pending_seconds).toBe(90.5)
    expect(queues.map((one) => [one.queue, one.oldest_pending_seconds])).toEqual([
      ...[
        ['a', 90.5],
        ['b', 7],
        ['c', null],
        ['default', null],
      ],
    ])
  })
})

it('list the processes that live or ended within the hour, the living first', async () => {
  await rolledBack(pool, async (db) => {
    const old = await addProcess(db, { state: 'stopped', stopped_at: at })
    const lost = await addProcess(db, { name: 'lost', state: 'lost', stopped_at: '2999-01-01T00:00:00Z' })
    const live = await addProcess(db, {
      ...{
        name: 'live',
        host: 'h',
        pid: 7,
        version: '1',
        queues: ['a'],
        kinds: ['x'],
        workers: 5,
        lease_ms: 15_500,
      },
      ...{ running: 2, waiting: 3, started_at: '2020-01-02T03:04:05.678901+02:00' },
    })
    const { processes } = await readStats(db)
    expect(processes.map(({ id }) => id)).toEqual([live, lost])
    expect(processes.map(({ id }) => id)).not.toContain(old)
    expect(processes[0]).toEqual({
      ...{
        id: live,
        name: 'live',
        host: 'h',
        pid: 7,
        version: '1',
        state: 'running',
        queues: ['a'],
        kinds: ['x'],
      },
      ...{ workers: 5, running: 2, waiting: 3, lease_seconds: 15.5, last_beat_seconds: 0 },
      ...{ started_at: '2020-01-02T01:04:05.678901Z', heartbeat_at: expect.stringMatching(/^\d{4}-.*T.*Z$/) },
    })
  })
})

it('give times in UTC whatever the time zone of the session', async () => {
  await rolledBack(pool, async (db) => {
    await db.query(`set local timezone = 'Asia/Kolkata'; set local datestyle = 'SQL, DMY'`)
    await addProcess(db, { started_at: '2020-01-02T03:04:05Z' })
    expect((await readStats(db)).processes[0]?.started_at).toBe('2020-01-02T03:04:05Z')
  })
})

it('add up what the processes counted: throughput of the last minute, waits and runs since their start', async () => {
  await rolledBack(pool, async (db) => {
    const counters = (settled: number, bucket: number): ProcessCounters => ({
      ...{ totals: noTotals(), settled_last_minute: settled, wait_ms: { [bucket]: 10 }, run_ms: {} },
    })
    for (const [settled, bucket] of [
      [60, 0],
      [120, 80],
    ] as const) {
      const id = await addProcess(db)
      await beat(db, id, { running: 0, waiting: 0, claimsSinceUs: 0, counters: counters(settled, bucket) })
    }
    const silent = await addProcess(db)
    await beat(db, silent, { running: 0, waiting: 0, claimsSinceUs: 0, counters: counters(600, 80) })
    await db.query(
      `update taskproc.processes set heartbeat_at = now() - interval '61 seconds' where id = $1`,
      [silent],
    )
    const { throughput, wait_ms, run_ms } = await readStats(db)
    expect(throughput).toEqual({ per_second: 3, window_seconds: 60 })
    expect(wait_ms).toEqual({ p50: 1020, p95: 1020, p99: 1020 })
    expect(run_ms).toBeNull()
  })
})
