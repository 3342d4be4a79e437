// taskproc logs: the timeline of a task, at once or as it comes, for people and for programs.
import { beforeEach, describe, expect, it } from 'vitest'
import { cancel } from '../../../src/db/cancel.ts'
import { retry } from '../../../src/db/retry.ts'
import { addProcess, addTask, deleteAll } from '../../db/fixtures.ts'
import { BINARY, spawnTaskproc, taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'
import { CTRL_C, requireTerminal, startInTerminal } from '../../support/pty.ts'
import { expectRefusal } from '../refusal.ts'
import { LOG_ITEM, LOGS } from './documents.ts'

const { url, pool } = await testDatabase()
const env = { DATABASE_URL: url }
const AT = '2020-01-31T09:00:00'

beforeEach(async () => {
  await deleteAll(pool)
  const process = await addProcess(pool, { name: 'one' })
  const times = { created_at: `${AT}Z`, run_at: `${AT}Z`, claimed_at: '2020-01-31T09:00:07Z' }
  await addTask(pool, {
    ...{ ...times, id: 1, status: 'done', finished_at: '2020-01-31T09:00:08Z' },
    ...{ attempts: 2, claim_number: 2, claimed_by: process },
  })
  await pool.query(
    `insert into taskproc.task_logs (task_id, attempt, process, event, level, message, at, started_at) values
      (1, 1, 'one', 'log', 'info', E'two\nlines', '2020-01-31T09:00:03Z', null),
      (1, 1, 'one', 'failed', 'warn', 'boom', '2020-01-31T09:00:05Z', '2020-01-31T09:00:02.5Z')`,
  )
})

const LINES = [
  '2020-01-31 09:00:00.000Z  info   enqueued',
  '2020-01-31 09:00:02.500Z  info   attempt 1  one  started',
  '2020-01-31 09:00:03.000Z  info   attempt 1  one  log: two lines',
  '2020-01-31 09:00:05.000Z  warn   attempt 1  one  failed: boom (ran 2.500 s)',
  '2020-01-31 09:00:07.000Z  info   attempt 2  one  claimed',
  '2020-01-31 09:00:08.000Z  info   attempt 2  one  done',
]

describe('the timeline', () => {
  it('is a line for each thing that happened', async () => {
    expect(await taskproc(['logs', '1'], { env })).toMatchObject({ exitCode: 0, stderr: '', lines: LINES })
  })

  it('is one document for programs', async () => {
    const { stdout, lines } = await taskproc(['logs', '1', '--json'], { env })
    expect(lines).toHaveLength(1)
    const { items } = LOGS.parse(JSON.parse(stdout))
    expect(items.map(({ message }) => message)).toEqual([
      ...['enqueued', 'started', 'log: two\nlines', 'failed: boom (ran 2.500 s)', 'claimed', 'done'],
    ])
  })

  it('tells when a new task is due, and not of a retry that it was enqueued for then', async () => {
    await addTask(pool, { id: 2, created_at: `${AT}Z`, run_at: '2999-01-31T09:00:00Z' })
    const enqueued = async () => (await taskproc(['logs', '2'], { env })).lines[0]
    expect(await enqueued()).toMatch(/ enqueued, due 2999-01-31T09:00:00/)
    await cancel(pool, [2], 'operator')
    await retry(pool, [2], 'operator')
    expect(await enqueued()).toMatch(/ enqueued$/)
  })

  it('is plain on a terminal without colours, however narrow', async (context) => {
    requireTerminal(context)
    const process = startInTerminal([BINARY, 'logs', '1'], { env: { ...env, NO_COLOR: '1' }, columns: 40 })
    expect(await process.exit).toMatchObject({ exitCode: 0 })
    expect(process.output().split('\r\n')).toEqual([...LINES, ''])
  })
})

describe('of a task that has finished, --follow', () => {
  it('says all that happened, and ends', async () => {
    expect(await taskproc(['logs', '1', '--follow'], { env })).toMatchObject({
      exitCode: 0,
      stderr: '',
      lines: LINES,
    })
  })

  it('gives programs one document in each line', async () => {
    const { lines } = await taskproc(['logs', '1', '-f', '--json'], { env })
    const items = lines.map((line) => LOG_ITEM.parse(JSON.parse(line)))
    expect({ items, next: null }).toEqual(
      JSON.parse((await taskproc(['logs', '1', '--json'], { env })).stdout),
    )
  })
})

describe('--follow', () => {
  it('says what comes, once, and in which order ever it is committed', async () => {
    await addTask(pool, { id: 2 })
    const following = spawnTaskproc(['logs', '2', '--follow'], { env })
    await following.waitForOutput(/enqueued/)
    const late = await pool.connect()
    await late.query('begin')
    await say(late, 'first in')
    await say(pool, 'second in')
    await following.waitForOutput(/second in/)
    await late.query('commit')
    late.release()
    await following.waitForOutput(/first in/)
    await pool.query(`update taskproc.tasks set status = 'cancelled', finished_at = now() where id = 2`)
    const { exitCode, stderr, lines } = await following.exit
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(lines.map((line) => line.split(/ {2,}/).at(-1))).toEqual([
      'enqueued',
      'log: second in',
      'log: first in',
    ])
  })

  it('waits for the lines that come after the end', async () => {
    await addTask(pool, {
      id: 2,
      status: 'cancelled',
      finished_at: new Date(Date.now() + 60_000).toISOString(),
    })
    const following = spawnTaskproc(['logs', '2', '--follow'], { env })
    await following.waitForOutput(/enqueued/)
    await say(pool, 'the last one')
    await following.waitForOutput(/the last one/)
    await pool.query(`update taskproc.tasks set finished_at = now() where id = 2`)
    expect(await following.exit).toMatchObject({ exitCode: 0 })
  })

  it('ends without an error at Ctrl+C', async (context) => {
    requireTerminal(context)
    await addTask(pool, { id: 2 })
    const following = startInTerminal([BINARY, 'logs', '2', '--follow'], { env: { ...env, NO_COLOR: '1' } })
    await following.waitForOutput(/enqueued/)
    following.write(CTRL_C)
    expect(await following.exit).toMatchObject({ exitCode: 0 })
    expect(following.output()).not.toMatch(/error|interrupted/)
  })

  it('ends when its reader has gone', async () => {
    await addTask(pool, { id: 2 })
    const command = `"${BINARY}" logs 2 --follow | head -1`
    const following = startInTerminal(['sh', '-c', command], { env: { ...env, NO_COLOR: '1' } })
    await following.waitForOutput(/enqueued/)
    await say(pool, 'nobody hears this')
    await say(pool, 'nor this')
    expect(await following.exit).toMatchObject({ exitCode: 0 })
  })

  it('says that its task is gone when somebody deletes it', async () => {
    await addTask(pool, { id: 2 })
    const following = spawnTaskproc(['logs', '2', '--follow'], { env })
    await following.waitForOutput(/enqueued/)
    await pool.query('delete from taskproc.tasks where id = 2')
    const { exitCode, stderr } = await following.exit
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^error: #2 is gone/),
    })
  })
})

function say(db: Pick<typeof pool, 'query'>, message: string) {
  return db.query(
    `insert into taskproc.task_logs (task_id, attempt, process, event, level, message) values (2, 1, 'one', 'log', 'info', $1)`,
    [message],
  )
}

it('says where a long log goes on, and shows what is older', async () => {
  await addTask(pool, { id: 2 })
  await pool.query(
    `insert into taskproc.task_logs (task_id, attempt, process, event, level, message)
     select 2, 1, 'one', 'log', 'info', 'line ' || n from generate_series(1, 10001) n`,
  )
  const newest = await taskproc(['logs', '2'], { env })
  expect(newest.lines).toHaveLength(10_000)
  expect(newest.lines[0]).toMatch(/line 2$/)
  const [, command = ''] = /what is older: taskproc (logs 2 --before \d+)\n$/.exec(newest.stderr) ?? []
  const older = await taskproc(command.split(' '), { env })
  expect(older.lines).toEqual([expect.stringMatching(/enqueued$/), expect.stringMatching(/line 1$/)])
  expect(older.stderr).toBe('')
  const both = await taskproc([...command.split(' '), '--follow'], { env })
  expectRefusal(both, 2, /^error: --before looks back/, /logs --help$/)
})

it.each([[['7']], [['7', '--follow']], [['7', '--json']]])('knows no task %j', async (args) => {
  const finished = await taskproc(['logs', ...args], { env })
  expectRefusal(finished, 1, /^error: there is no task 7$/, /^Look at what there is: taskproc list$/)
})

it('refuses what is no id', async () => {
  expectRefusal(
    await taskproc(['logs', '9223372036854775808'], { env }),
    2,
    /^error: ID: must be/,
    /logs --help$/,
  )
})
