// taskproc list: a table for people, wide, narrow and piped; one document for programs; pages that lead to each other.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addProcess, addTask } from '../../db/fixtures.ts'
import { BINARY, taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { CTRL_C, requireTerminal, startInTerminal } from '../../support/pty.ts'
import { expectRefusal } from '../refusal.ts'
import { TASK_PAGE } from './documents.ts'

const { url, pool } = await testDatabase()
const empty = await testDatabase()
const env = { DATABASE_URL: url }
const LARGE = '9007199254740993'

const list = (...args: string[]) => taskproc(['list', ...args], { env })
/** Days and half an hour: what is said of it stays the same while the test runs. */
const daysAgo = (days: number) => new Date(Date.now() - (days * 24 + 0.5) * 3_600_000).toISOString()

beforeAll(async () => {
  const process = await addProcess(pool, { name: 'web-host-4711-a1b2c3', claims_since: daysAgo(9) })
  const held = { claimed_by: process, attempts: 1, claim_number: 1 }
  await addTask(pool, { kind: 'emails', payload: { to: 'ada@example.com' }, run_at: daysAgo(-2) })
  await addTask(pool, {
    ...held,
    kind: 'images',
    queue: 'bulk',
    status: 'in_progress',
    claimed_at: daysAgo(1),
  })
  await addTask(pool, {
    ...{
      ...held,
      kind: 'emails',
      status: 'error',
      attempts: 3,
      claim_number: 3,
      error: 'SMTP 451:\n  try again later',
    },
    ...{ claimed_at: daysAgo(4), finished_at: daysAgo(3), payload: '日本語'.repeat(20) },
  })
  await addTask(pool, {
    id: LARGE,
    ...held,
    status: 'done',
    claimed_at: daysAgo(8),
    finished_at: daysAgo(7.25),
  })
})

const TABLES = {
  40: [
    '              id  kind    status       when',
    '               1  emails  pending      in 1 d 23 h',
    '               2  images  in_progress  1 d ago',
    '               3  emails  error        3 d ago',
    '9007199254740993  noop    done         7 d 6 h ago',
  ],
  80: [
    '              id  kind    queue    status       when         payload or error',
    '               1  emails  default  pending      in 1 d 23 h  {"to":"ada@example…',
    '               2  images  bulk     in_progress  1 d ago      null',
    '               3  emails  default  error        3 d ago      SMTP 451: try agai…',
    '9007199254740993  noop    default  done         7 d 6 h ago  null',
  ],
  110: [
    '              id  kind    queue    status       attempts  when         process             payload or error',
    '               1  emails  default  pending           0/3  in 1 d 23 h  -                   {"to":"ada@example…',
    '               2  images  bulk     in_progress       1/3  1 d ago      …-host-4711-a1b2c3  null',
    '               3  emails  default  error             3/3  3 d ago      …-host-4711-a1b2c3  SMTP 451: try agai…',
    '9007199254740993  noop    default  done              1/3  7 d 6 h ago  …-host-4711-a1b2c3  null',
  ],
}

describe('the table', () => {
  it('is whole in a pipe, one line for each task', async () => {
    const { stdout, stderr, exitCode } = await list()
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    expect(stdout).toMatchInlineSnapshot(`
      "              id  kind    queue    status       attempts  when         process               payload or error
                     1  emails  default  pending           0/3  in 1 d 23 h  -                     {"to":"ada@example.com"}
                     2  images  bulk     in_progress       1/3  1 d ago      web-host-4711-a1b2c3  null
                     3  emails  default  error             3/3  3 d ago      web-host-4711-a1b2c3  SMTP 451: try again later
      9007199254740993  noop    default  done              1/3  7 d 6 h ago  web-host-4711-a1b2c3  null
      "
    `)
  })
})

describe('the table on a terminal', () => {
  beforeEach((context) => requireTerminal(context))

  it.each([40, 80, 110] as const)('fits a terminal of %i columns', async (columns) => {
    const process = startInTerminal([BINARY, 'list'], { env: { ...env, NO_COLOR: '1' }, columns })
    const { exitCode } = await process.exit
    expect(exitCode).toBe(0)
    const lines = process.output().split('\r\n').slice(0, -1)
    expect(lines).toHaveLength(5)
    expect(process.output()).not.toContain('\u001b')
    expect(lines.map((line) => line.trimEnd())).toEqual(TABLES[columns])
  })

  it('has a bold header where there are colours', async () => {
    const process = startInTerminal([BINARY, 'list'], { env })
    await process.exit
    expect(process.output()).toContain('\u001b[1m')
  })
})

describe('a page', () => {
  it('says the command for the next one, ready for a shell', async () => {
    const first = await list(
      '--kind',
      'emails,images',
      '--kind',
      'noop',
      '--limit',
      '3',
      '--older-than',
      '0s',
    )
    expect(first.lines).toHaveLength(4)
    const command = /^there are more; the next page: taskproc (.*)\n$/.exec(first.stderr)?.[1]
    expect(command).toBe('list --kind emails,images --kind noop --older-than 0s --limit 3 --after 3')
    const second = await taskproc(command?.split(' ') ?? [], { env })
    expect(second.lines).toHaveLength(2)
    expect(second.lines[1]).toContain(LARGE)
    expect(second.stderr).toBe('')
  })

  it('quotes what a shell would take apart', async () => {
    await addTask(empty.pool, { kind: `it's a kind` })
    await addTask(empty.pool, { kind: `it's a kind` })
    const kind = `it's a kind`
    const { stderr } = await taskproc(['list', '--kind', kind, '--limit', '1', '--newest'], {
      env: { DATABASE_URL: empty.url },
    })
    expect(stderr).toBe(
      `there are more; the next page: taskproc list --kind 'it'\\''s a kind' --limit 1 --newest --after 2\n`,
    )
    await empty.pool.query('delete from taskproc.tasks')
  })

  it('ends quietly when its reader has seen enough', async (context) => {
    requireTerminal(context)
    const { stdout, stderr } = await taskproc(['list'], { env })
    expect(stdout.length).toBeGreaterThan(0)
    const process = startInTerminal(['sh', '-c', `${BINARY} list | head -1`], {
      env: { ...env, NO_COLOR: '1' },
    })
    expect(await process.exit).toMatchObject({ exitCode: 0 })
    expect(process.output().split('\r\n')).toEqual([stdout.split('\n')[0], ''])
    expect(stderr).toBe('')
  })
})

describe('the document', () => {
  it('is one line, with the next page in it', async () => {
    const { stdout, stderr, lines } = await list('--json', '--limit', '3')
    expect(lines).toHaveLength(1)
    expect(stderr).toBe('')
    const page = TASK_PAGE.parse(JSON.parse(stdout))
    expect(page.items.map(({ id }) => id)).toEqual([1, 2, 3])
    expect(page.next).toBe(3)
  })

  it('keeps large ids exact, as texts', async () => {
    const page = TASK_PAGE.parse(JSON.parse((await list('--json', '--after', '3')).stdout))
    expect(page).toMatchObject({ items: [{ id: LARGE }], next: null })
    const newest = TASK_PAGE.parse(JSON.parse((await list('--json', '--newest', '--limit', '1')).stdout))
    expect(newest.next).toBe(LARGE)
  })

  it('is empty where nothing matches', async () => {
    const { stdout, exitCode } = await list('--json', '--status', 'cancelled')
    expect({ stdout, exitCode }).toEqual({ stdout: '{"items":[],"next":null}\n', exitCode: 0 })
  })
})

it.each([
  [
    ['--status', 'error,in_progress'],
    [2, 3],
  ],
  [
    ['--status', 'error', '--status', 'pending', '--kind', 'emails'],
    [1, 3],
  ],
  [['--queue', 'bulk'], [2]],
  [['--process', 'web-host-4711-a1b2c3', '--status', 'done'], [LARGE]],
  [['--error', 'smtp 451'], [3]],
  [['--older-than', '5d'], [LARGE]],
  [['--after', '#1', '--limit', '1'], [2]],
  [
    ['--newest', '--after', '3'],
    [2, 1],
  ],
])('%j finds %j', async (args, ids) => {
  const page = TASK_PAGE.parse(JSON.parse((await list(...args, '--json')).stdout))
  expect(page.items.map(({ id }) => id)).toEqual(ids)
})

it.each([
  [['--status', 'done', '--kind', 'x'], 'no task matches status=done kind=x'],
  [['--kind', 'x', '--after', '7'], 'no task behind #7 matches kind=x'],
  [['--after', '9223372036854775807'], 'there is no task behind #9223372036854775807'],
])('%j finds nothing, and it says so', async (args, sentence) => {
  expect(await list(...args)).toMatchObject({ exitCode: 0, stdout: `${sentence}\n`, stderr: '' })
})

it('says of an empty database that there is no task', async () => {
  const finished = await taskproc(['list'], { env: { DATABASE_URL: empty.url } })
  expect(finished).toMatchObject({ exitCode: 0, stdout: 'there is no task\n' })
})

it('says that it is looking when that takes a while; Ctrl+C ends it, and its query on the server', async (context) => {
  requireTerminal(context)
  const client = await pool.connect()
  await client.query('begin; lock table taskproc.tasks')
  const listing = startInTerminal([BINARY, 'list', '--status', 'cancelled'], { env })
  await listing.waitForOutput(/looking through the tasks; Ctrl\+C stops it/)
  listing.write(CTRL_C)
  expect(await listing.exit).toMatchObject({ exitCode: 1 })
  expect(listing.output()).toMatch(/error: interrupted by SIGINT/)
  const { rows } = await client.query("select version() ~ 'linux' as can_notice")
  if (rows[0].can_notice)
    await eventually('the server has noticed', async () => {
      const left = await pool.query(
        "select from pg_stat_activity where application_name = 'taskproc list' and datname = current_database()",
      )
      return left.rowCount === 0
    })
  await client.query('rollback')
  client.release()
})

it('names every wrong flag at once', async () => {
  const wrong = ['--status', 'failed,done', '--queue', '', '--kind', 'a\tb', '--process', '', '--error', '']
  const finished = await list(...wrong, '--older-than', 'x', '--limit', '0', '--after', '9223372036854775808')
  const problems = ['status', 'queue', 'kind', 'process', 'error', 'older-than', 'limit', 'after'].map(
    (name) => new RegExp(`^error: --${name}: must be .*, got "`),
  )
  expectRefusal(finished, 2, problems, /^Run: taskproc list --help$/)
})
