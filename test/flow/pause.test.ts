// Pausing a queue while processes run: heard at once, by all of them, and undone as fast.
import { beforeEach, expect, it } from 'vitest'
import { taskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { serve, serving } from './serving.ts'
import { become, counts, expectSound, history, notes, put, row } from './table.ts'

const { url, pool } = await testDatabase()
const run = (...args: string[]) => taskproc(args, { env: { DATABASE_URL: url } })
/** Polling would be too late for any of these. */
const SLOW_POLLS = { fetchInterval: '10m' }

beforeEach(() => pool.query('delete from taskproc.tasks; delete from taskproc.queues'))

it('claims nothing of a paused queue, in any process, until it is resumed', async () => {
  const processes = await Promise.all([1, 2].map(() => serving(url, { settings: SLOW_POLLS })))
  await run('pause', '--queue', 'a')
  const [held] = await put(pool, { kind: 'echo', payload: 1, queue: 'a', priority: 9 })
  const [other] = await put(pool, { kind: 'echo', payload: 2, queue: 'b' })
  await eventually('the other queue goes on', async () => (await row(pool, other)).status === 'done')
  expect(await row(pool, held)).toMatchObject({ status: 'pending', claim_number: 0 })
  await Promise.all(
    processes.map((one) => one.saw('fetch.idle', { matches: (line) => Number(line['wait_ms']) > 5_000 })),
  )
  await run('resume', '--queue', 'a')
  await eventually('the resumed queue goes on', async () => (await row(pool, held)).status === 'done', {
    deadlineMs: 5_000,
  })
  for (const process of processes) process.signal('SIGTERM')
  for (const process of processes) expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})

it('gives back what was claimed and not begun; what runs goes on', async () => {
  const { file, create } = notes()
  await put(pool, { kind: 'gate', payload: { file }, queue: 'a' }, 10)
  const process = await serving(url, { settings: { ...SLOW_POLLS, workers: 1, fetchLimit: 10 } })
  await become(pool, { in_progress: 10 })
  await run('pause', '--queue', 'a')
  await become(pool, { in_progress: 1, pending: 9 }, { deadlineMs: 5_000 })
  const [held] = (await pool.query(`select id from taskproc.tasks where status = 'pending' limit 1`)).rows
  expect(await row(pool, held.id)).toMatchObject({ attempts: 0, claimed_by: null })
  expect(await history(pool, held.id)).toMatchObject([{ event: 'released' }])
  create()
  await become(pool, { done: 1, pending: 9 })
  await run('resume')
  await become(pool, { done: 10 }, { deadlineMs: 10_000 })
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  expect(process.logged('run.started')).toHaveLength(10)
  await expectSound(pool)
})

it('gives back nothing of other queues', async () => {
  const { file, create } = notes()
  await put(pool, { kind: 'gate', payload: { file }, queue: 'b' }, 10)
  const process = await serving(url, { settings: { ...SLOW_POLLS, workers: 1, fetchLimit: 10 } })
  await become(pool, { in_progress: 10 })
  await run('pause', '--queue', 'a')
  await put(pool, { kind: 'echo', queue: 'a' })
  create()
  await become(pool, { done: 10, pending: 1 })
  const { rows } = await pool.query('select distinct claim_number from taskproc.tasks where queue = $1', [
    'b',
  ])
  expect(rows).toEqual([{ claim_number: 1 }])
  process.signal('SIGTERM')
  await process.exit
})

it('pauses everything at once, and resumes one queue before the others', async () => {
  const process = await serving(url, { settings: SLOW_POLLS })
  await run('pause')
  const [a] = await put(pool, { kind: 'echo', queue: 'a' })
  const [b] = await put(pool, { kind: 'echo', queue: 'b' })
  await run('resume', '--queue', 'b')
  await eventually('b goes on', async () => (await row(pool, b)).status === 'done', { deadlineMs: 5_000 })
  expect(await row(pool, a)).toMatchObject({ status: 'pending' })
  await run('resume')
  await eventually('a goes on', async () => (await row(pool, a)).status === 'done', { deadlineMs: 5_000 })
  process.signal('SIGTERM')
  await process.exit
})

it('does not keep serve --until-empty waiting for what is paused', async () => {
  await put(pool, { kind: 'echo', queue: 'a' }, 3)
  await put(pool, { kind: 'echo', queue: 'b' }, 3)
  await run('pause', '--queue', 'a')
  expect(await serve(url, { settings: { untilEmpty: true } }).exit).toMatchObject({ exitCode: 0 })
  expect(await counts(pool)).toEqual({ done: 3, pending: 3 })
  await expectSound(pool)
})
