// Stats: counts by status, queue and kind, the age of what waits, pauses, and what the processes tell of themselves.
import { beforeEach, expect, it } from 'vitest'
import { beat, type KindCount, type ProcessCounters } from '../../../src/db/beat.ts'
import type { Db } from '../../../src/db/db.ts'
import { pause } from '../../../src/db/queues.ts'
import { readStats } from '../../../src/db/stats/stats.ts'
import type { TaskId } from '../../../src/task/task.ts'
import { testDatabase } from '../../support/database.ts'
import { addClaimed, addProcess, addTask, addTasks, counted, deleteAll, rolledBack } from '../fixtures.ts'

const { pool } = await testDatabase()
const at = '2020-01-01T00:00:00Z'
const held = { claimed_by: 1, claimed_at: at, attempts: 1, claim_number: 1 }
const none = { pending: 0, in_progress: 0, done: 0, error: 0, cancelled: 0 }

beforeEach(() => deleteAll(pool))

const zeros = new Array<number>(90).fill(0)

it.each(['exact', 'counters'])('are zeros and nulls in an empty database: %s', async (counted) => {
  const smallBytes = counted === 'exact' ? 1 : 0
  expect(await readStats(pool, { smallBytes })).toEqual({
    ...{ counted, tasks: none, queues: [], kinds: [], processes: [], oldest_pending_seconds: null },
    throughput: {
      ...{ per_second: 0, window_seconds: 60, step_seconds: 10, history: zeros, failed_history: zeros },
    },
    ...{ failures_per_minute: 0, wait_ms: null, run_ms: null },
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
    { ...none, queue: 'a', pending: 5, paused: false, oldest_pending_seconds: null },
    {
      ...{ ...none, queue: 'b', in_progress: 4, done: 5, error: 6, cancelled: 7 },
      ...{ paused: false, oldest_pending_seconds: null },
    },
  ])
  expect(kinds).toEqual([
    { ...none, kind: 'x', pending: 3, in_progress: 4, done: 5 },
    { ...none, kind: 'y', pending: 2, error: 6, cancelled: 7 },
  ])
})

it.each([0, 1e9])(
  'give the age of the oldest task that is due and waits: small below %d bytes',
  async (smallBytes) => {
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
      const { oldest_pending_seconds, queues } = await readStats(db, { smallBytes })
      expect(oldest_pending_seconds).toBe(90.5)
      expect(queues.map((one) => [one.queue, one.oldest_pending_seconds])).toEqual([
        ...[
          ['a', 90.5],
          ['b', 7],
          ['c', null],
          // What runs there is found in its row only: its process tells nothing.
          ...(smallBytes > 0 ? [['default', null]] : []),
        ],
      ])
    })
  },
)

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
      ...{ doing: [], settled_last_minute: 0, failed_last_minute: 0 },
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

/** Beats with these counters, counted `ageSeconds` ago. */
async function beatOf(db: Db, id: TaskId, changes: Partial<ProcessCounters>, ageSeconds = 0): Promise<void> {
  const { rows } = await db.query<{ us: number }>(
    'select (extract(epoch from now()) * 1000000)::float8 - $1 * 1e6 as us',
    [ageSeconds],
  )
  const us = rows[0]?.us ?? 0
  const doing = [70, 71].map((id) => ({ id, kind: 'x', worker: 2, since_us: us - 5_000_000 }))
  await beat(db, id, { ...AT_WORK, counters: counted({ at_us: us, ...changes }), doing })
}
const AT_WORK = { running: 1, waiting: 0, claimsSinceUs: 0 }

it('add up what the processes counted: how fast they settled, and how long tasks waited and ran', async () => {
  await rolledBack(pool, async (db) => {
    const settled = [600, 10, 20, 30, 40, 50, 60]
    await beatOf(db, await addProcess(db), { settled, failed: [1, 2], wait_ms: { 0: 10 } })
    await beatOf(db, await addProcess(db), { settled: [90], wait_ms: { 80: 30 } }, 3)
    const { throughput, failures_per_minute, wait_ms, run_ms, processes } = await readStats(db)
    expect(throughput).toMatchObject({ per_second: 5, window_seconds: 60, step_seconds: 10 })
    expect(throughput.history.slice(-8)).toEqual([0, 60, 1, 2, 3, 4, 5, 15])
    expect(throughput.history).toHaveLength(90)
    expect(throughput.failed_history.slice(-3)).toEqual([0, 0.1, 0.2])
    expect(failures_per_minute).toBe(3)
    expect(processes.map((one) => [one.settled_last_minute, one.failed_last_minute])).toEqual([
      [90, 0],
      [210, 3],
    ])
    expect(wait_ms).toEqual({ p50: 1020, p95: 1020, p99: 1020 })
    expect(run_ms).toBeNull()
  })
})

it('move what a process counted into the past when it ended, or its next beat is overdue', async () => {
  await rolledBack(pool, async (db) => {
    const lease = { lease_ms: 15_000 }
    const ended = await addProcess(db, lease)
    await beatOf(db, ended, { settled: [100] }, 40)
    await db.query(`update taskproc.processes set state = 'stopped', stopped_at = now() where id = $1`, [
      ended,
    ])
    await beatOf(db, await addProcess(db, lease), { settled: [1] }, 6)
    const silent = await addProcess(db, lease)
    await beatOf(db, silent, { settled: [1000] }, 70)
    const { throughput, processes } = await readStats(db)
    const { history } = throughput
    expect(history.flatMap((rate, place) => (rate > 0 ? [[90 - place, rate]] : []))).toEqual([
      [7, 100],
      [5, 10],
      [1, 0.1],
    ])
    expect(processes.find(({ id }) => id === silent)?.settled_last_minute).toBe(0)
  })
})

it('tell what still runs and for how long until now, and nothing of who has ended', async () => {
  await rolledBack(pool, async (db) => {
    const [alive, lost] = [await addProcess(db), await addProcess(db)]
    const claimed = { kind: 'x', claimed_by: alive, claimed_at: '2020-01-01', attempts: 1, claim_number: 1 }
    await addTask(db, { ...claimed, id: 70, status: 'in_progress' })
    await addTask(db, { ...claimed, id: 71, status: 'done', finished_at: '2020-01-02' })
    await beatOf(db, alive, {}, 30)
    await beatOf(db, lost, {}, 30)
    await db.query(`update taskproc.processes set state = 'lost', stopped_at = now() where id = $1`, [lost])
    const { processes } = await readStats(db)
    expect(processes.map(({ id, doing }) => [id, doing])).toEqual([
      [alive, [{ id: 70, kind: 'x', worker: 2, for_seconds: 35 }]],
      [lost, []],
    ])
  })
})

it.each([0, 1e9])(
  'count the rows that a process holds whose lease is over, whatever its last beat told: small below %d bytes',
  async (smallBytes) => {
    const [silent, alive] = [await addProcess(pool), await addProcess(pool)]
    await addClaimed(pool, silent, 4)
    await pool.query(`update taskproc.processes set running = 2, waiting = 1`)
    await pool.query(
      `update taskproc.processes set heartbeat_at = now() - interval '1 min', lease_ms = 1, claims_since = '-infinity'
       where id = $1`,
      [silent],
    )
    const { processes } = await readStats(pool, { smallBytes })
    expect(processes.map(({ id, running, waiting }) => [id, running, waiting])).toEqual([
      [alive, 2, 1],
      [silent, 4, 0],
    ])
  },
)

it('say which queues are paused, also of one that is empty', async () => {
  await addTasks(pool, 1, { queue: 'a' })
  await pause(pool, 'empty')
  const paused = async () => (await readStats(pool)).queues.map((one) => [one.queue, one.paused])
  expect(await paused()).toEqual([
    ['a', false],
    ['empty', true],
  ])
  await pause(pool, null)
  expect(await paused()).toEqual([['a', true]])
})

const pair = (changes: Partial<KindCount>): KindCount => ({
  ...{ in_progress: 0, done: 0, error: 0, cancelled: 0 },
  ...changes,
})

it('of a large table are what is pending, and the sum of what was counted by whoever did it', async () => {
  await rolledBack(pool, async (db) => {
    await addTasks(db, 3, { queue: 'a', kind: 'x' })
    await addTasks(db, 2, { queue: 'a', kind: 'x', priority: 1 })
    await addTasks(db, 1, { queue: '__proto__', kind: 'x' })
    const first = { a: { x: pair({ done: 5, in_progress: 2 }) }, b: { x: pair({ error: 2 }) } }
    await beatOf(db, await addProcess(db), { kinds: first })
    const second = { a: { x: pair({ done: 7, in_progress: 1 }), y: pair({ cancelled: 4 }), z: pair({}) } }
    const swept = { state: 'lost', stopped_at: at, swept_at: at, counters: counted({ kinds: second }) }
    await addProcess(db, swept)
    await db.query(`insert into taskproc.tallies values ('a', 'x', -4, 1, 0), ('b', 'x', 0, -3, 0)`)
    const { counted: how, tasks, queues, kinds } = await readStats(db, { smallBytes: 0 })
    expect(how).toBe('counters')
    expect(tasks).toEqual({ pending: 6, in_progress: 2, done: 8, error: 0, cancelled: 4 })
    expect(queues).toMatchObject([
      { ...none, queue: '__proto__', pending: 1 },
      { ...none, queue: 'a', pending: 5, in_progress: 2, done: 8, error: 1, cancelled: 4 },
    ])
    expect(kinds).toEqual([
      { ...none, kind: 'x', pending: 6, in_progress: 2, done: 8 },
      { ...none, kind: 'y', cancelled: 4 },
    ])
  })
})

it('of a large table find what is in progress in a process that does not count for itself', async () => {
  await rolledBack(pool, async (db) => {
    const remote = await addProcess(db, { claims_since: at })
    const columns = { ...held, claimed_by: remote, queue: 'a', kind: 'x' }
    await addTasks(db, 3, { ...columns, status: 'in_progress' })
    await addTasks(db, 2, { ...columns, status: 'done', finished_at: at })
    const { tasks } = await readStats(db, { smallBytes: 0 })
    expect(tasks).toEqual({ ...none, in_progress: 3 })
  })
})
