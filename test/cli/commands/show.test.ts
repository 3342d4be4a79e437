// taskproc show: a page for people, the document for programs. What the page says is tested in test/cli/show.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addProcess, addTask } from '../../db/fixtures.ts'
import { BINARY, taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'
import { requireTerminal, startInTerminal } from '../../support/pty.ts'
import { expectRefusal } from '../refusal.ts'
import { TASK } from './documents.ts'

const { url, pool } = await testDatabase()
const env = { DATABASE_URL: url }

beforeAll(async () => {
  const process = await addProcess(pool, { name: 'one' })
  const at = '2020-01-31T09:00:00Z'
  await addTask(pool, {
    ...{
      kind: 'emails',
      status: 'error',
      attempts: 1,
      max_attempts: 1,
      claim_number: 1,
      claimed_by: process,
    },
    ...{
      created_at: at,
      run_at: at,
      claimed_at: '2020-01-31T09:00:02Z',
      finished_at: '2020-01-31T09:00:05Z',
    },
    ...{
      payload: { to: 'ada@example.com', text: 'word '.repeat(40) },
      error: `boom ${'and more '.repeat(20)}`,
    },
  })
  await pool.query(
    `insert into taskproc.task_logs (task_id, attempt, process, event, level, message, at, started_at) values
      (1, 1, 'one', 'log', 'info', 'sending', '2020-01-31T09:00:03Z', null),
      (1, 1, 'one', 'failed', 'error', 'boom', '2020-01-31T09:00:05Z', '2020-01-31T09:00:02.5Z')`,
  )
})

const steady = (text: string) => text.replace(/\d+ d( \d+ h)? ago/g, 'long ago')

it('is a page in a pipe', async () => {
  const { stdout, stderr, exitCode } = await taskproc(['show', '#1'], { env })
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(steady(stdout)).toMatchInlineSnapshot(`
    "#1 emails, error
    queue default, priority 0, 1 of 1 attempt, last held by one

    enqueued  2020-01-31 09:00:00.000Z  long ago
    due       2020-01-31 09:00:00.000Z  long ago
    claimed   2020-01-31 09:00:02.000Z  long ago
    finished  2020-01-31 09:00:05.000Z  long ago

    payload
      {
        "to": "ada@example.com",
        "text": "word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word "
      }

    error
      boom and more and more and more and more and more and more and more and more and more and more and more and more and more and more and more and more and more and more and more and more 

    what happened (UTC)
      2020-01-31
      09:00:00.000  enqueued
                    attempt 1 of 1, on one
      09:00:02.500    started 2.5 s after it was enqueued
      09:00:03.000    info: sending
      09:00:05.000    failed after 2.5 s: boom
    "
  `)
})

describe('on a terminal', () => {
  beforeEach((context) => requireTerminal(context))

  it.each([40, 80])('it fits %i columns', async (columns) => {
    const process = startInTerminal([BINARY, 'show', '1'], { env: { ...env, NO_COLOR: '1' }, columns })
    expect(await process.exit).toMatchObject({ exitCode: 0 })
    const text = process.output()
    expect(text).not.toContain('\u001b')
    for (const line of text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(columns)
    expect(text).toContain('sending')
  })

  it('it has its title in bold where there are colours', async () => {
    const process = startInTerminal([BINARY, 'show', '1'], { env })
    await process.exit
    expect(process.output()).toContain('\u001b[1m#1 emails, error\u001b[0m')
  })
})

it('gives programs the document of the task', async () => {
  const { stdout, lines } = await taskproc(['show', '1', '--json'], { env })
  expect(lines).toHaveLength(1)
  expect(TASK.parse(JSON.parse(stdout))).toMatchObject({ id: 1, status: 'error', claimed_by: 'one' })
})

it.each(['2', '9007199254740993', '9223372036854775807'])('knows no task %s', async (id) => {
  const finished = await taskproc(['show', id], { env })
  expectRefusal(
    finished,
    1,
    new RegExp(`^error: there is no task ${id}$`),
    /^Look at what there is: taskproc list$/,
  )
})

it.each(['0', '-1', 'x', '1.5', '9223372036854775808', ''])('refuses %j as an id', async (id) => {
  const problem = /^error: ID: must be a whole number from 1 to 9223372036854775807, got "/
  expectRefusal(await taskproc(['show', '--', id], { env }), 2, problem, /^Run: taskproc show --help$/)
})
