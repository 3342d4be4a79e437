// What waits: nobody has a handler, nobody serves the queue, too few workers, or a pause.
import { beforeEach, describe, expect, it } from 'vitest'
import { judgeWaits } from '../../../src/db/doctor/waiting.ts'
import { pause, resume } from '../../../src/db/queues.ts'
import type { Histogram } from '../../../src/task/histogram.ts'
import { testDatabase } from '../../support/database.ts'
import { addProcess, addTask, addTasks, deleteAll } from '../fixtures.ts'
import { diagnose, namesOf } from './diagnosis.ts'

const database = await testDatabase()
const { pool } = database

beforeEach(async () => {
  await deleteAll(pool)
  await resume(pool, null)
})

/** By the clock of the database, as JSON has it. Whole hours: in words they stay the same for a minute. */
async function ago(seconds: number): Promise<string> {
  const { rows } = await pool.query<{ at: string }>(
    `select to_jsonb(now() - $1 * interval '1 second') #>> '{}' as at`,
    [seconds],
  )
  return rows[0]?.at ?? ''
}

async function evidenceOf(name: string): Promise<string[]> {
  return (await diagnose(database)).named(name).map(({ evidence }) => evidence)
}

describe('a kind that no live process serves', () => {
  it('is found with its age and the number that wait, and the name that was meant', async () => {
    await addProcess(pool, { name: 'mailer', kinds: ['email', 'noop'], queues: null })
    await addTasks(pool, 7, { kind: 'emial', run_at: await ago(7200) })
    const [finding, ...others] = (await diagnose(database)).findings
    expect(others).toEqual([])
    expect(finding).toMatchObject({ name: 'nobody serves it', severity: 'warning' })
    expect(finding?.evidence).toBe(
      'emial in default waits: 7 pending, the first is due for 2 h. mailer, the only live process, has no handler for it. Did you mean email?',
    )
    const [rename = ''] = finding?.fix.split('\n') ?? []
    await pool.query(rename)
    expect(await evidenceOf('nobody serves it')).toEqual([])
    // They are served now; that they have waited is another matter.
    expect(namesOf(await diagnose(database))).toEqual(['long wait'])
  })

  it('is one finding, in however many queues it waits', async () => {
    for (const name of ['one', 'two']) await addProcess(pool, { name, kinds: ['noop'] })
    await addTask(pool, { kind: 'mystery', queue: 'a', run_at: await ago(7200) })
    await addTasks(pool, 12, { kind: 'mystery', queue: 'b', run_at: await ago(3600) })
    await addTasks(pool, 2, { kind: 'mystery', queue: 'c', priority: 5, run_at: await ago(3600) })
    expect(await evidenceOf('nobody serves it')).toEqual([
      'mystery in a and 2 more queues waits: 15 pending, the first is due for 2 h. None of 2 live processes has a handler for it',
    ])
  })

  it('is no finding when it is not due, or paused, and not urgent while a process may be on its way', async () => {
    await addProcess(pool, { kinds: ['noop'] })
    await addTask(pool, { kind: 'later', run_at: '2999-01-01' })
    expect(namesOf(await diagnose(database))).toEqual([])
    await addTask(pool, { kind: 'mystery', run_at: await ago(0) })
    expect((await diagnose(database)).findings).toMatchObject([{ severity: 'info' }])
    await pause(pool, 'default')
    expect(namesOf(await diagnose(database))).toEqual(['paused queue'])
  })

  it('is looked for by lanes: a backlog of it costs nothing', async () => {
    await addProcess(pool, { kinds: ['noop'] })
    await addTasks(pool, 30_000, { kind: 'mystery', run_at: await ago(7200) })
    expect(await evidenceOf('nobody serves it')).toEqual([expect.stringContaining('10,000 or more pending')])
    await pool.query('truncate taskproc.tasks')
  })
})

it('finds a queue that nobody serves, though the kind has a handler', async () => {
  await addProcess(pool, { name: 'mailer', kinds: ['email'], queues: ['mails'] })
  await addTask(pool, { kind: 'email', queue: 'mail', run_at: await ago(7200) })
  const [finding] = (await diagnose(database)).named('nobody serves it')
  expect(finding?.evidence).toMatch(
    /mailer has a handler, but does not serve the queue\. Did you mean mails\?$/,
  )
  expect(finding?.fix).toBe('taskproc serve --queue mail')
})

it('finds that no process is there at all; a silent one is none', async () => {
  await addTask(pool, { run_at: await ago(7200) })
  const expected = 'no process is running, and noop in default waits: 1 pending, the first is due for 2 h'
  expect(await evidenceOf('no process')).toEqual([expected])
  await addProcess(pool, { heartbeat_at: await ago(3601), lease_ms: 3_600_000, queues: null })
  expect(await evidenceOf('no process')).toEqual((await isServerOlderThan(3601)) ? [expected] : [])
})

/** Leases count from the start of the server at the earliest. */
async function isServerOlderThan(seconds: number): Promise<boolean> {
  const { rows } = await pool.query(
    "select now() - pg_postmaster_start_time() > $1 * interval '1 second' as so",
    [seconds],
  )
  return rows[0].so
}

describe('a task that waits long although it is served', () => {
  it('has too few workers, where all are busy', async () => {
    await addProcess(pool, { workers: 5, running: 5 })
    await addTask(pool, { run_at: await ago(7200) })
    const [finding] = (await diagnose(database)).findings
    expect(finding).toMatchObject({
      ...{ name: 'long wait', severity: 'warning', fix: 'taskproc serve --workers 10 # or more processes' },
      evidence: 'noop in default: due for 2 h. 1 process serves it, with 5 of 5 workers busy',
    })
  })

  it('is a riddle, where workers are idle', async () => {
    await addProcess(pool, { workers: 5, running: 1 })
    const id = await addTask(pool, { run_at: await ago(7200) })
    expect((await diagnose(database)).findings).toMatchObject([{ fix: `taskproc why ${id}` }])
  })

  it('runs into the limit of its kind, where it has one', async () => {
    await addProcess(pool, { workers: 5, running: 2, kind_limits: { noop: 2 } })
    await addTask(pool, { run_at: await ago(7200) })
    const [finding] = (await diagnose(database)).findings
    expect(finding?.evidence).toMatch(/at most 2 of it at once$/)
  })

  it('is no finding within a minute', async () => {
    await addProcess(pool)
    await addTask(pool, { run_at: await ago(0) })
    expect(namesOf(await diagnose(database))).toEqual([])
  })
})

it('reads of the processes themselves that tasks waited long', () => {
  // 2 ** (100 / 8) ms are 5.8 s.
  const late: Histogram = { 100: 20 }
  expect(judgeWaits(late)).toMatchObject([{ name: 'late starts', severity: 'info' }])
  expect(judgeWaits({ 100: 19 })).toEqual([])
  expect(judgeWaits({ 0: 21, 100: 20 })).toEqual([])
  expect(judgeWaits({})).toEqual([])
})

it('finds a paused queue with a backlog, gently while the pause is young', async () => {
  await addProcess(pool)
  await addTasks(pool, 3, { queue: "o'mails", run_at: await ago(7200) })
  await pause(pool, "o'mails")
  const [finding, ...others] = (await diagnose(database)).findings
  expect(others).toEqual([])
  expect(finding).toMatchObject({
    ...{ name: 'paused queue', severity: 'info', fix: `taskproc resume --queue 'o'\\''mails'` },
    evidence: expect.stringMatching(
      /^o'mails is paused by its name for .*: 3 pending, the first is due for 2 h$/,
    ),
  })
  await pause(pool, null)
  await pool.query(`update taskproc.queues set paused_at = now() - interval '1 hour'`)
  expect((await diagnose(database)).findings).toMatchObject([
    {
      severity: 'warning',
      fix: 'taskproc resume',
      evidence: expect.stringMatching(/paused with every queue for 1 h/),
    },
  ])
})
