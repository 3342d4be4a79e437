// taskproc enqueue KIND PAYLOAD: what it stores, what it prints, and every way in which it refuses.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Pool } from '../../../src/db/pool.ts'
import { addProcess } from '../../db/fixtures.ts'
import { taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'
import { expectRefusal } from '../refusal.ts'

const { url, pool } = await testDatabase()
const env = { DATABASE_URL: url }
const enqueue = (...args: string[]) => taskproc(['enqueue', ...args], { env })

beforeEach(() => pool.query('delete from taskproc.tasks'))

async function tasks(db: Pool = pool): Promise<Record<string, unknown>[]> {
  const { rows } = await db.query<{ task: Record<string, unknown> }>(
    'select to_jsonb(t) as task from taskproc.tasks t order by id',
  )
  return rows.map(({ task }) => task)
}

it('inserts a task and says its id', async () => {
  const { stdout, stderr, exitCode } = await enqueue('emails', '{"to": "ada@example.com"}')
  const [task] = await tasks()
  expect({ stdout, stderr, exitCode }).toEqual({
    stdout: `enqueued #${task?.['id']} of kind emails\n`,
    stderr: '',
    exitCode: 0,
  })
  expect(task).toMatchObject({
    kind: 'emails',
    payload: { to: 'ada@example.com' },
    queue: 'default',
    priority: 0,
    max_attempts: 3,
  })
})

it('takes every flag, and prints the task as a document', async () => {
  const flags = [
    '--queue',
    'mails',
    '--priority',
    '-5',
    '--at',
    '2030-01-31T09:00:00+02:00',
    '--max-attempts',
    '7',
  ]
  const finished = await enqueue(
    'emails',
    '[1]',
    ...flags,
    '--unique-key',
    'a b',
    '--timeout',
    '90s',
    '--json',
  )
  const document = JSON.parse(finished.stdout)
  expect(document).toMatchObject({
    ...{ kind: 'emails', payload: [1], queue: 'mails', priority: -5, max_attempts: 7, status: 'pending' },
    ...{ run_at: '2030-01-31T07:00:00.000000Z', unique_key: 'a b', attempts: 0 },
  })
  expect(await tasks()).toMatchObject([{ id: document.id, timeout_ms: 90_000 }])
})

it('counts a delay from the clock of the database; a bare number is seconds', async () => {
  for (const delay of ['90', '1.5m', '90000ms']) await enqueue('emails', '--delay', delay)
  const { rows } = await pool.query(
    `select extract(epoch from run_at - created_at)::int as delay, payload from taskproc.tasks`,
  )
  expect(rows).toEqual([90, 90, 90].map((delay) => ({ delay, payload: null })))
})

describe('a kind', () => {
  afterEach(() => pool.query('delete from taskproc.processes'))

  it.each([
    [
      'that nobody serves, and looks like one',
      'emials',
      'nobody serves the kind emials (did you mean emails?)\nnobody serves the queue default\n',
    ],
    [
      'that nobody serves, and looks like none',
      'x',
      'nobody serves the kind x\nnobody serves the queue default\n',
    ],
    ['that somebody serves in another queue', 'emails', 'nobody serves the queue default\n'],
  ])('%s, is enqueued, with a word on stderr where nobody serves it', async (_, kind, stderr) => {
    await addProcess(pool, { kinds: ['emails', 'reverse'], queues: ['mails'] })
    expect(await enqueue(kind, '--json')).toMatchObject({
      ...{ exitCode: 0, stderr },
      stdout: expect.stringContaining(`"kind":"${kind}"`),
    })
  })

  it('in a queue that nobody serves, or where only others are served, is enqueued with a word on stderr', async () => {
    await addProcess(pool, { kinds: ['emails'], queues: ['mails'] })
    await addProcess(pool, { kinds: ['resize'], queues: ['images'] })
    const words = async (...args: string[]) => (await enqueue(...args)).stderr
    expect(await words('emails', '--queue', 'mails')).toBe('')
    expect(await words('emails', '--queue', 'mials')).toBe(
      'nobody serves the queue mials (did you mean mails?)\n',
    )
    expect(await words('emails', '--queue', 'images')).toBe(
      'nobody serves the kind emails in the queue images\n',
    )
  })

  it('is not looked up among those of processes that have ended or fallen silent', async () => {
    await addProcess(pool, { kinds: ['emails'], state: 'stopped', stopped_at: '2020-01-01' })
    await addProcess(pool, { kinds: ['emails'], lease_ms: 1, heartbeat_at: '2020-01-01' })
    expect(await enqueue('emials')).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('is enqueued all the same where the processes cannot be read', async () => {
    await addProcess(pool, { kinds: ['emails'] })
    await pool.query('alter table taskproc.processes rename column kinds to hidden')
    try {
      expect(await enqueue('emials')).toMatchObject({ exitCode: 0, stderr: '' })
    } finally {
      await pool.query('alter table taskproc.processes rename column hidden to kinds')
    }
  })
})

describe('a unique key that a live task has', () => {
  it('is refused with the id of that task', async () => {
    const first = JSON.parse((await enqueue('emails', '--unique-key', 'k', '--json')).stdout)
    const problem = new RegExp(`^error: task ${first.id} is live and has the unique key "k"$`)
    expectRefusal(
      await enqueue('emails', '--unique-key', 'k'),
      1,
      problem,
      new RegExp(`taskproc show ${first.id}$`),
    )
    expect(await tasks()).toHaveLength(1)
  })

  it('can be used again when that task is over', async () => {
    await enqueue('emails', '--unique-key', 'k')
    await pool.query(`update taskproc.tasks set status = 'cancelled', finished_at = now()`)
    expect(await enqueue('emails', '--unique-key', 'k')).toMatchObject({ exitCode: 0 })
  })
})

it.each([
  [
    'a payload that is no JSON',
    ['emails', 'hello'],
    /^error: PAYLOAD: is no JSON, got hello$/,
    /^A payload is JSON/,
  ],
  [
    'a number that would be stored as another',
    ['emails', '{"id": 12345678901234567890}'],
    /^error: PAYLOAD: holds 12345678901234567890, a whole number that would be rounded: send it as a text$/,
    /enqueue --help$/,
  ],
  [
    'U+0000 in it',
    ['emails', '"\\u0000"'],
    /PAYLOAD: .* cannot hold the character \\u0000$/,
    /enqueue --help$/,
  ],
  ['half of a surrogate pair', ['emails', '"\\ud800"'], /PAYLOAD: .* the character \\ud800$/, /--help$/],
  [
    'a queue name of 300 characters',
    ['emails', '--queue', 'q'.repeat(300)],
    /^error: --queue: must be a name/,
    /--help$/,
  ],
  ['an empty kind', [''], /^error: KIND: must be a name/, /--help$/],
  ['no kind', [], /^error: KIND: is missing$/, /--help$/],
  [
    'a negative delay',
    ['emails', '--delay', '-5s'],
    /^error: --delay: must be a time of 0 or more/,
    /--help$/,
  ],
  [
    'a time without a zone',
    ['emails', '--at', '2030-01-31T09:00:00'],
    /^error: --at: must be a time with its zone/,
    /--help$/,
  ],
  [
    'a day that there is not',
    ['emails', '--at', '2030-02-30T09:00:00Z'],
    /^error: --at: must be a time/,
    /--help$/,
  ],
  [
    'a time and a delay',
    ['emails', '--at', '2030-01-31T09:00:00Z', '--delay', '5'],
    /^error: --delay: run_at says/,
    /--help$/,
  ],
  [
    'a priority that is no smallint',
    ['emails', '--priority', '40000'],
    /^error: --priority: .*, got 40000$/,
    /--help$/,
  ],
  [
    'a priority that is no number',
    ['emails', '--priority', 'high'],
    /^error: --priority: .*, got "high"$/,
    /--help$/,
  ],
  [
    'no attempt',
    ['emails', '--max-attempts', '0'],
    /^error: --max-attempts: must be a whole number/,
    /--help$/,
  ],
  ['an empty unique key', ['emails', '--unique-key', ''], /^error: --unique-key: must be a text/, /--help$/],
  [
    'a timeout of nothing',
    ['emails', '--timeout', '0'],
    /^error: --timeout: must be a time of more than 0/,
    /--help$/,
  ],
  [
    '--strict without a file',
    ['emails', '--strict'],
    /^error: --strict: is for the lines of --file$/,
    /--help$/,
  ],
  [
    'a file and a payload',
    ['emails', '1', '--file', 'x'],
    /^error: PAYLOAD: each line of --file has its own$/,
    /--help$/,
  ],
  ['a file and --wait', ['--file', 'x', '--wait'], /^error: --wait: waits for one task/, /--help$/],
  [
    'a file that is not there',
    ['--file', 'nope'],
    /^error: --file: cannot read nope: there is no such file$/,
    /or - for stdin/,
  ],
  [
    'a directory for a file',
    ['--file', '.'],
    /^error: --file: cannot read \.: it is a directory$/,
    /or - for stdin/,
  ],
])('refuses %s in two lines, and inserts nothing', async (_, args, problem, hint) => {
  expectRefusal(await enqueue(...args), 2, problem, hint)
  expect(await tasks()).toEqual([])
})

it('names everything that is wrong at once', async () => {
  const flags = [
    '--queue',
    '',
    '--priority',
    'x',
    '--at',
    'soon',
    '--delay',
    '-1',
    '--max-attempts',
    '0',
    '--timeout',
    '-1',
  ]
  const finished = await enqueue('k'.repeat(129), 'hello', ...flags)
  const names = ['PAYLOAD', 'KIND', '--queue', '--priority', '--at', '--delay', '--max-attempts', '--timeout']
  expectRefusal(
    finished,
    2,
    names.map((name) => new RegExp(`^error: ${name}: `)),
    /enqueue --help$/,
  )
})
