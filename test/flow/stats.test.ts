// Stats of a large table after real runs: what processes counted is what is in the table, whatever they went through. After
// a kill it is short by what was settled since the last beat, and no more.
import { beforeEach, expect, it } from 'vitest'
import { cancel } from '../../src/db/cancel.ts'
import { readStats } from '../../src/db/stats/stats.ts'
import { deleteAll } from '../db/fixtures.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { serve, serving } from './serving.ts'
import { become, notes, put } from './table.ts'

const { url, pool } = await testDatabase()

beforeEach(() => deleteAll(pool))

const exactly = () => readStats(pool, { exact: true })
const counted = () => readStats(pool, { smallBytes: 0 })

async function expectAgreement(): Promise<void> {
  const [exact, counters] = [await exactly(), await counted()]
  expect(counters.tasks).toEqual(exact.tasks)
  expect([counters.queues, counters.kinds]).toEqual([exact.queues, exact.kinds])
}

it('agree after two processes have run whatever there is: done, failed, retried, cancelled', async () => {
  const gate = notes()
  await put(pool, { kind: 'echo', queue: '__proto__', payload: 'x' }, 300)
  await put(pool, { kind: 'noop' }, 300)
  await put(pool, { kind: 'fail', maxAttempts: 2, backoffMs: 1 }, 20)
  await put(pool, { kind: 'refuse', queue: 'constructor' }, 20)
  await put(pool, { kind: 'flaky', payload: { succeedsAt: 2 }, backoffMs: 1 }, 10)
  const [running] = await put(pool, { kind: 'gate', payload: { file: gate.file }, priority: 9 }, 1)
  const settings = { untilEmpty: true, fetchLimit: 20 }
  const processes = [serve(url, { settings }), serve(url, { settings })]
  await Promise.race(
    processes.map((process) => process.saw('run.started', { matches: (line) => line['task'] === running })),
  )
  const [pending] = await put(pool, { kind: 'nobody runs this' })
  await cancel(pool, [running ?? 0, pending ?? 0], 'somebody')
  for (const process of processes) expect(await process.exit).toMatchObject({ exitCode: 0 })
  expect((await exactly()).tasks).toEqual({ pending: 0, in_progress: 0, done: 610, error: 40, cancelled: 2 })
  await expectAgreement()
})

it('tell while it runs what a process holds, what it runs and since when', async () => {
  const gate = notes()
  const ids = await put(pool, { kind: 'gate', payload: { file: gate.file } }, 3)
  const process = await serving(url, { settings: { workers: 2, fetchLimit: 3, lease: '2s' } })
  const stats = await eventually('a beat has told', async () => {
    const stats = await counted()
    return stats.tasks.in_progress === 3 && stats.processes[0]?.doing.length === 2 ? stats : undefined
  })
  expect(stats.tasks).toMatchObject({ pending: 0, in_progress: 3 })
  const doing = stats.processes[0]?.doing ?? []
  expect(doing.map(({ kind }) => kind)).toEqual(['gate', 'gate'])
  expect(doing.map(({ worker }) => worker).toSorted()).toEqual([1, 2])
  expect(ids).toEqual(expect.arrayContaining(doing.map(({ id }) => id)))
  expect(doing[0]?.for_seconds).toBeGreaterThanOrEqual(doing[1]?.for_seconds ?? 0)
  gate.create()
  await become(pool, { done: 3 })
  process.signal('SIGTERM')
  await process.exit
  await expectAgreement()
  expect((await counted()).processes[0]).toMatchObject({
    state: 'stopped',
    doing: [],
    settled_last_minute: 3,
  })
})

it('are short, after a kill, by what was settled since the last beat and no more; counted exactly they are right', async () => {
  await put(pool, { kind: 'noop' }, 50)
  const victim = await serving(url, { settings: { lease: '2s' } })
  await eventually('a beat has told of 50', async () => (await counted()).tasks.done === 50)
  await put(pool, { kind: 'noop' }, 5)
  await become(pool, { done: 55 })
  victim.signal('SIGKILL')
  await victim.exit
  const { done } = (await counted()).tasks
  expect(done).toBeGreaterThanOrEqual(50)
  expect(done).toBeLessThanOrEqual(55)
  expect((await exactly()).tasks.done).toBe(55)
})

it('count once what a process did that was declared lost and went on under a new row', async () => {
  await put(pool, { kind: 'noop' }, 30)
  const frozen = await serving(url, { settings: { name: 'frozen', lease: '2s' } })
  await become(pool, { done: 30 })
  frozen.signal('SIGSTOP')
  const other = await serving(url, { settings: { name: 'other', queue: 'none' } })
  await other.saw('process.lost', { deadlineMs: 20_000 })
  frozen.signal('SIGCONT')
  await frozen.saw('lease.lost')
  await put(pool, { kind: 'noop' }, 12)
  await become(pool, { done: 42 })
  for (const process of [frozen, other]) process.signal('SIGTERM')
  for (const process of [frozen, other]) expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectAgreement()
  const { processes, throughput } = await counted()
  expect(processes.filter(({ name }) => name === 'frozen').map(({ state }) => state)).toEqual([
    'stopped',
    'lost',
  ])
  const settled = throughput.history.reduce((sum, perSecond) => sum + perSecond * 10, 0)
  expect(settled).toBeCloseTo(42)
})
