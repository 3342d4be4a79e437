// taskproc enqueue --file: lines that are right go in, lines that are wrong are named by their number.
import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { addProcess } from '../../db/fixtures.ts'
import { BINARY, spawnTaskproc, taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'
import { tempDir } from '../../support/end.ts'
import { eventually } from '../../support/eventually.ts'
import { requireTerminal, startInTerminal } from '../../support/pty.ts'
import { expectRefusal } from '../refusal.ts'

const { url, pool } = await testDatabase()
const empty = await testDatabase({ migrated: false })
const env = { DATABASE_URL: url }

beforeEach(() => pool.query('delete from taskproc.tasks'))

function fileOf(...lines: (string | object)[]): string {
  const file = join(tempDir(), 'tasks.jsonl')
  writeFileSync(
    file,
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
  )
  return file
}

async function kinds(): Promise<string[]> {
  const { rows } = await pool.query<{ kind: string }>('select kind from taskproc.tasks order by id')
  return rows.map(({ kind }) => kind)
}

const problemLines = (stderr: string) => stderr.split('\n').filter((line) => /^error: line/.test(line))

it('inserts every line of a file, and says how many', async () => {
  const lines = Array.from({ length: 1_234 }, (_, index) => ({ kind: `kind-${index}`, payload: { index } }))
  const finished = await taskproc(['enqueue', '--file', fileOf(...lines)], { env })
  expect(finished).toMatchObject({ exitCode: 0, stderr: '' })
  expect(finished.stdout).toMatch(/^enqueued 1,234 tasks: #\d+ to #\d+\n$/)
  expect((await kinds()).sort()).toEqual(lines.map(({ kind }) => kind).sort())
})

it('reads stdin for -, and prints the ids in the order of the lines', async () => {
  const input = Array.from({ length: 1_100 }, (_, index) => `{"kind": "k", "payload": ${index}}\n`).join('')
  const finished = await taskproc(['enqueue', '--file', '-', '--json'], { env, input })
  const { ids, refused } = JSON.parse(finished.stdout)
  expect(refused).toBe(0)
  const { rows } = await pool.query(
    'select payload from unnest($1::bigint[]) with ordinality as a(id, place) join taskproc.tasks using (id) order by place',
    [ids],
  )
  expect(rows.map(({ payload }) => payload)).toEqual(Array.from({ length: 1_100 }, (_, index) => index))
})

it('says once for each kind that nobody serves it', async () => {
  await addProcess(pool, { kinds: ['emails', 'reverse'] })
  try {
    const file = fileOf({ kind: 'emials' }, { kind: 'reverse' }, { kind: 'emials' }, { kind: 'other' })
    expect(await taskproc(['enqueue', '--file', file], { env })).toMatchObject({
      exitCode: 0,
      stderr: 'nobody serves the kind emials (did you mean emails?)\nnobody serves the kind other\n',
      stdout: expect.stringMatching(/^enqueued 4 tasks/),
    })
  } finally {
    await pool.query('delete from taskproc.processes')
  }
})

it('names twenty kinds and queues that nobody serves, and says that there are more', async () => {
  await addProcess(pool, { kinds: ['reverse'], queues: ['mails'] })
  try {
    const strange = Array.from({ length: 30 }, (_, index) => ({ kind: `k${index}`, queue: 'mails' }))
    const lines = [{ kind: 'reverse', queue: 'mials' }, ...strange, ...strange]
    const { stderr, exitCode } = await taskproc(['enqueue', '--file', fileOf(...lines)], { env })
    expect(exitCode).toBe(0)
    const said = stderr.trimEnd().split('\n')
    expect(said).toHaveLength(22)
    expect(said[0]).toBe('nobody serves the kind k0')
    expect(said.slice(-3)).toEqual([
      'nobody serves the kind k19',
      'and 10 more kinds',
      'nobody serves the queue mials (did you mean mails?)',
    ])
  } finally {
    await pool.query('delete from taskproc.processes')
  }
})

it('takes KIND and flags for lines that leave a field out', async () => {
  const file = fileOf({ payload: 1 }, { kind: 'own', queue: 'own', priority: 1, delay: 0 })
  await taskproc(
    [
      'enqueue',
      'emails',
      '--file',
      file,
      '--queue',
      'bulk',
      '--priority',
      '-9',
      '--at',
      '2030-01-31T09:00:00Z',
    ],
    { env },
  )
  const { rows } = await pool.query(
    `select kind, queue, priority, run_at > now() as later from taskproc.tasks order by id`,
  )
  expect(rows).toEqual([
    { kind: 'emails', queue: 'bulk', priority: -9, later: true },
    { kind: 'own', queue: 'own', priority: 1, later: false },
  ])
})

it('takes lines as editors leave them: blank ones, CRLF, a byte order mark, no newline at the end', async () => {
  const input = '\uFEFF{"kind": "a"}\r\n\r\n   \n{"kind": "b"}\n\n{"kind": "c"}'
  const finished = await taskproc(['enqueue', '--file', '-'], { env, input })
  expect(finished).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('enqueued 3 tasks') })
  expect(await kinds()).toEqual(['a', 'b', 'c'])
})

it('has nothing to do for an empty file', async () => {
  const empty = await taskproc(['enqueue', '--file', '-'], { env })
  expect(empty).toMatchObject({ exitCode: 0, stdout: 'enqueued 0 tasks\n', stderr: '' })
  const json = await taskproc(['enqueue', '--file', '-', '--json'], { env })
  expect(JSON.parse(json.stdout)).toEqual({ ids: [], refused: 0 })
})

const WRONG = [
  { kind: 'right-1' },
  'not json',
  { payload: 'without a kind' },
  { kind: 'k'.repeat(129), priority: 1e6 },
  { kind: 'right-2', unique_key: 'k' },
  { kind: 'again', unique_key: 'k' },
  { kind: 'a', payload: 'a\u0000b' },
  { kind: 'a', nonsense: 1 },
  '[1]',
  '',
  { kind: 'right-3' },
  '{"kind": "a", "payload": 9007199254740993}',
]

it('names a bad line by its number, and stops nothing that is right', async () => {
  const finished = await taskproc(['enqueue', '--file', fileOf(...WRONG)], { env })
  expect(finished).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^enqueued 3 tasks: /) })
  const { rows } = await pool.query(`select id from taskproc.tasks where unique_key = 'k'`)
  expect(problemLines(finished.stderr)).toEqual([
    expect.stringMatching(/^error: line 2: is no JSON: /),
    expect.stringMatching(/^error: line 3: kind: is missing$/),
    expect.stringMatching(/^error: line 4: kind: must be a name.*; priority: must be a whole number/),
    `error: line 6: task ${rows[0].id} is live and has the unique key "k"`,
    expect.stringMatching(/^error: line 7: payload: .* cannot hold the character \\u0000$/),
    expect.stringMatching(/^error: line 8: nonsense: is no field of a task/),
    expect.stringMatching(/^error: line 9: must be a JSON object/),
    'error: line 12: holds 9007199254740993, a whole number that would be rounded: send it as a text',
  ])
  expect(finished.stderr.trimEnd().split('\n').slice(-2)).toEqual([
    'error: 8 lines refused',
    'Correct them and enqueue them alone: the others are in.',
  ])
  expect(await kinds()).toEqual(['right-1', 'right-2', 'right-3'])
})

it('says that nothing is enqueued where every line is refused', async () => {
  const finished = await taskproc(['enqueue', '--file', fileOf('not json', '[1]')], { env })
  expect(finished).toMatchObject({ exitCode: 1, stdout: 'enqueued 0 tasks\n' })
  expect(finished.stderr).toMatch(/\nerror: 2 lines refused\nNothing is enqueued\.\n$/)
})

it('counts what it refused in the document', async () => {
  const finished = await taskproc(['enqueue', '--file', fileOf(...WRONG), '--json'], { env })
  expect(finished.exitCode).toBe(1)
  expect(JSON.parse(finished.stdout)).toEqual({
    ids: [expect.any(Number), expect.any(Number), expect.any(Number)],
    refused: 8,
  })
})

it('names lines that are no UTF-8 or far too long, and goes on behind them', async () => {
  const child = spawnTaskproc(['enqueue', '--file', '-'], { env })
  child.write('{"kind": "a"}\n')
  child.write('x'.repeat(7 * 1024 * 1024))
  child.write('\n{"kind": "b"}\n')
  child.end()
  const finished = await child.exit
  expect(finished.exitCode).toBe(1)
  expect(problemLines(finished.stderr)).toEqual([
    expect.stringMatching(/^error: line 2: has more than \d+ bytes$/),
  ])
  const file = join(tempDir(), 'latin1')
  writeFileSync(file, Buffer.from('{"kind": "c"}\n{"kind": "\xe4"}\n{"kind": "d"}\n', 'latin1'))
  const latin = await taskproc(['enqueue', '--file', file], { env })
  expect(problemLines(latin.stderr)).toEqual(['error: line 2: is no UTF-8'])
  // Batches overtake each other.
  expect((await kinds()).sort()).toEqual(['a', 'b', 'c', 'd'])
})

it('takes payloads up to the limit, many in a row', async () => {
  const payload = 'x'.repeat(1024 * 1024 - 2)
  const finished = await taskproc(
    ['enqueue', 'big', '--file', fileOf(...Array(12).fill({ payload }), { payload: `${payload}x` })],
    { env },
  )
  expect(problemLines(finished.stderr)).toEqual([
    expect.stringMatching(/^error: line 13: payload: has 1048577 bytes/),
  ])
  expect(await kinds()).toHaveLength(12)
})

it('names a line that only the database refuses, and inserts its neighbours', async () => {
  await pool.query(`alter table taskproc.tasks add constraint house_rule check (kind <> 'forbidden')`)
  const lines = Array.from({ length: 700 }, (_, index) => ({
    kind: [3, 4, 650].includes(index) ? 'forbidden' : 'fine',
  }))
  const finished = await taskproc(['enqueue', '--file', fileOf(...lines)], { env })
  await pool.query('alter table taskproc.tasks drop constraint house_rule')
  expect(problemLines(finished.stderr)).toEqual(
    [4, 5, 651].map((line) => expect.stringMatching(`^error: line ${line}: .*house_rule`)),
  )
  expect(await kinds()).toHaveLength(697)
})

describe('with --strict', () => {
  it('inserts nothing when a line is wrong, and names each', async () => {
    for (const args of [
      ['--file', fileOf(...WRONG)],
      ['--file', '-'],
    ]) {
      const input =
        args[1] === '-'
          ? WRONG.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
          : ''
      const finished = await taskproc(['enqueue', ...args, '--strict'], { env, input })
      expect(problemLines(finished.stderr).map((line) => line.split(':')[1])).toEqual(
        [2, 3, 4, 7, 8, 9, 12].map((line) => ` line ${line}`),
      )
      expect(finished.stderr).toMatch(/\nerror: 7 lines refused\nNothing is enqueued\.\n$/)
      expect(finished.exitCode).toBe(1)
      expect(await kinds()).toEqual([])
    }
  })

  it('inserts all when all are right, from a file, from stdin and from a pipe, and leaves no copy behind', async () => {
    const temporary = tempDir()
    const strict = { ...env, TMPDIR: temporary }
    const input = Array.from({ length: 600 }, () => '{"kind": "k"}\n').join('')
    const file = fileOf(input)
    const pipe = join(tempDir(), 'pipe')
    execFileSync('mkfifo', [pipe])
    expect(await taskproc(['enqueue', '--file', file, '--strict'], { env: strict })).toMatchObject({
      exitCode: 0,
    })
    expect(await taskproc(['enqueue', '--file', '-', '--strict'], { env: strict, input })).toMatchObject({
      exitCode: 0,
    })
    const reader = spawnTaskproc(['enqueue', '--file', pipe, '--strict'], { env: strict })
    writeFileSync(pipe, input)
    expect(await reader.exit).toMatchObject({ exitCode: 0 })
    expect(await kinds()).toHaveLength(1_800)
    expect(readdirSync(temporary)).toEqual([])
  })
})

it('takes the copy of stdin away when it is interrupted', async () => {
  const temporary = tempDir()
  const child = spawnTaskproc(['enqueue', '--file', '-', '--strict'], { env: { ...env, TMPDIR: temporary } })
  child.write('{"kind": "k"}\n')
  await eventually('the copy', () => readdirSync(temporary, { recursive: true }).length === 2)
  child.signal('SIGINT')
  expect(await child.exit).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^error: interrupted by SIGINT\n/),
  })
  expect(readdirSync(temporary)).toEqual([])
  expect(await kinds()).toEqual([])
})

it('says how far it came when it is interrupted', async () => {
  const child = spawnTaskproc(['enqueue', '--file', '-'], { env })
  child.write('{"kind": "k"}\n'.repeat(1_000))
  await eventually('a batch to be in', async () => (await kinds()).length >= 500)
  child.signal('SIGINT')
  const { exitCode, stderr } = await child.exit
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/^error: interrupted by SIGINT\nerror: lines up to [\d,]+ are enqueued/)
  expect(stderr).toMatch(/\nGo on behind them: tail -n \+1001 FILE \| taskproc enqueue --file -\n$/)
})

it('shows its progress on a terminal', async (context) => {
  requireTerminal(context)
  const lines = Array.from({ length: 20_000 }, () => '{"kind": "k"}')
  const child = startInTerminal([BINARY, 'enqueue', '--file', fileOf(...lines)], { env })
  await child.waitForOutput(/enqueued [\d,]+ tasks/)
  await child.waitForOutput(/enqueued 20,000 tasks: #\d+ to #\d+/)
  expect(await child.exit).toMatchObject({ exitCode: 0 })
})

it('refuses a database without the schema in two lines', async () => {
  const finished = await taskproc(['enqueue', '--file', fileOf('{"kind": "k"}')], {
    env: { DATABASE_URL: empty.url },
  })
  expectRefusal(finished, 1, /no taskproc schema/, /taskproc migrate/)
})
