// taskproc pause and resume through the real binary: what they say of a name that may be mistyped.
import { beforeEach, expect, it } from 'vitest'
import { readKnownQueues } from '../../../src/db/known-queues.ts'
import { addProcess, addTask, deleteAll } from '../../db/fixtures.ts'
import { taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'

const { url, pool } = await testDatabase()
const env = { DATABASE_URL: url }

beforeEach(async () => {
  await deleteAll(pool)
  await pool.query(
    'delete from taskproc.queues; delete from taskproc.schedules; delete from taskproc.tallies',
  )
})

it('pauses a queue that is there, and says no more than that', async () => {
  await addTask(pool, { queue: 'mails' })
  expect(await taskproc(['pause', '--queue', 'mails'], { env })).toMatchObject({
    ...{ exitCode: 0, stderr: '' },
    stdout: 'paused: mails\n',
  })
})

it('pauses one that is new too, and asks whether another was meant', async () => {
  await addTask(pool, { queue: 'mails' })
  const finished = await taskproc(['pause', '--queue', 'maisl'], { env })
  expect(finished).toMatchObject({ exitCode: 0, stdout: 'paused: maisl\n' })
  expect(finished.stderr).toBe(
    'queue maisl has no task, and no process serves it by name (did you mean mails?).\nIt stays paused until: taskproc resume --queue maisl\n',
  )
  const document = await taskproc(['pause', '--queue', "it's new", '--json'], { env })
  expect(JSON.parse(document.stdout)).toMatchObject({ items: [{ queue: "it's new" }, { queue: 'maisl' }] })
  expect(document.stderr).toMatch(/^queue it's new has no task, .* by name\.\n.* --queue 'it'\\''s new'\n$/)
})

it('asks whether another was meant that is paused, when one is resumed that is not', async () => {
  await taskproc(['pause', '--queue', 'mails'], { env })
  const finished = await taskproc(['resume', '--queue', 'mail'], { env })
  expect(finished).toMatchObject({
    ...{ exitCode: 0, stdout: 'paused: mails\n' },
    stderr: 'queue mail was not paused (did you mean mails?)\n',
  })
})

it('knows a queue by what waits, runs and was counted in it, by who serves it, and by what is scheduled', async () => {
  await addTask(pool, { queue: 'waits' })
  const kinds = { done_there: { noop: { done: 1 } } }
  await addProcess(pool, { queues: ['served'], counters: { kinds } })
  const gone = { state: 'stopped', stopped_at: '2030-01-01', queues: ['was served'] }
  await addProcess(pool, { ...gone, counters: { kinds: { 'done by who is gone': {} } } })
  const claimed = { status: 'in_progress', claimed_at: '2030-01-01', attempts: 1, claim_number: 1 }
  await addTask(pool, { ...claimed, queue: 'runs', claimed_by: await addProcess(pool) })
  await pool.query(`insert into taskproc.tallies (queue, kind) values ('tallied', 'noop')`)
  await pool.query(
    `insert into taskproc.schedules (name, cron, kind, queue, next_at) values ('s', '@daily', 'noop', 'scheduled', now())`,
  )
  expect(await readKnownQueues(pool)).toEqual([
    'done by who is gone',
    'done_there',
    'runs',
    'scheduled',
    'served',
    'tallied',
    'waits',
  ])
})
