// Schedules with real processes: each tick once, whoever is there, and once for all that nobody met.
import { beforeEach, expect, it } from 'vitest'
import { taskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type Serving, serving } from './serving.ts'
import { expectSound, notes } from './table.ts'

const { url, pool } = await testDatabase()
const schedule = (...args: string[]) => taskproc(['schedule', ...args], { env: { DATABASE_URL: url } })
const EVERY_SECOND = '* * * * * *'
const TICKS = 30

beforeEach(() => pool.query('delete from taskproc.tasks; delete from taskproc.schedules'))

/** The ticks that became tasks, in seconds since 1970, in the order of their ids. */
async function ticks(): Promise<number[]> {
  const { rows } = await pool.query<{ tick: number }>(
    `select extract(epoch from run_at)::float8 as tick from taskproc.tasks where unique_key like 'schedule:%' order by id`,
  )
  return rows.map(({ tick }) => tick)
}

async function end(...processes: Serving[]): Promise<void> {
  for (const process of processes) process.signal('SIGTERM')
  for (const process of processes) expect(await process.exit).toMatchObject({ exitCode: 0 })
}

it(`gives ${TICKS} tasks for ${TICKS} ticks, with two processes that know of the same schedule`, async () => {
  const { file, lines } = notes()
  const processes = await Promise.all([serving(url), serving(url)])
  expect(await schedule('add', 'second', EVERY_SECOND, 'count', JSON.stringify({ file }))).toMatchObject({
    exitCode: 0,
  })
  await eventually(`${TICKS} ticks`, async () => (await ticks()).length >= TICKS, { deadlineMs: 70_000 })
  await schedule('remove', 'second')
  const taken = await ticks()
  expect(taken).toEqual(Array.from(taken, (_, index) => (taken[0] ?? 0) + index))
  await eventually('each ran', () => lines().length >= taken.length)
  await end(...processes)
  expect(await ticks()).toEqual(taken)
  expect(new Set(lines()).size).toBe(taken.length)
  expect(lines()).toHaveLength(taken.length)
  const said = processes.flatMap((process) => process.logged('schedule.ticked'))
  expect(new Set(said.map((line) => line['tick_at'])).size).toBe(taken.length)
  expect(said).toHaveLength(taken.length)
  await expectSound(pool)
}, 120_000)

it('hears of a new schedule at once, and catches up once after a downtime', async () => {
  await schedule('add', 'a', EVERY_SECOND, 'noop')
  await pool.query(`update taskproc.schedules set next_at = date_trunc('second', now()) - interval '1 hour'`)
  const startedAt = Date.now() / 1000
  const process = await serving(url)
  await process.saw('schedule.ticked', { count: 3 })
  await schedule('add', 'b', EVERY_SECOND, 'noop')
  await process.saw('schedule.ticked', { matches: (line) => line['schedule'] === 'b', deadlineMs: 15_000 })
  await end(process)
  const missed = (await ticks()).filter((tick) => tick < startedAt - 1)
  expect(missed).toHaveLength(1)
})

it('stops where the schedule is removed, and no process needs to be there to say so', async () => {
  await schedule('add', 'a', EVERY_SECOND, 'noop')
  await schedule('remove', 'a')
  const process = await serving(url)
  await schedule('add', 'b', EVERY_SECOND, 'noop')
  await process.saw('schedule.ticked', { count: 2 })
  await end(process)
  expect(process.logged('schedule.ticked').map((line) => line['schedule'])).not.toContain('a')
})

it('goes on over the loss of the connection', async () => {
  const process = await serving(url)
  await schedule('add', 'a', EVERY_SECOND, 'noop')
  await process.saw('schedule.ticked', { count: 2 })
  await pool.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  await process.saw('schedule.ticked', { count: 5 })
  await end(process)
  const taken = await ticks()
  expect(new Set(taken).size).toBe(taken.length)
})
