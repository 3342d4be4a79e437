// retry, cancel and prune by filter: count first, ask on a terminal, refuse to guess off one, and say what was left alone and why.
import { beforeEach, describe, expect, it } from 'vitest'
import { verify } from '../../../src/db/verify.ts'
import { BINARY, spawnTaskproc, taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { CTRL_C, requireTerminal, startInTerminal } from '../../support/pty.ts'
import { expectRefusal } from '../refusal.ts'

const { url, pool } = await testDatabase()
const env = { DATABASE_URL: url }
const run = (...args: string[]) => taskproc(args, { env })

beforeEach(() => pool.query('truncate taskproc.tasks, taskproc.task_logs, taskproc.tallies restart identity'))

/** Tasks that ended `days` ago. */
async function add(status: string, count: number, { kind = 'emails', key = 'null', days = 8 } = {}) {
  await pool.query(
    `insert into taskproc.tasks
       (kind, status, attempts, claim_number, claimed_by, claimed_at, finished_at, created_at, error, unique_key)
     select $1, $2, 1, 1, 1, at, at, at, case when $2 = 'error' then 'no luck' end, ${key}
     from generate_series(1, $3) as place, (select now() - $4 * interval '1 day' as at) as past`,
    [kind, status, count, days],
  )
}

async function counts(): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ status: string; count: number }>(
    'select status, count(*) as count from taskproc.tasks group by status',
  )
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]))
}

describe('what is meant', () => {
  it.each([
    [
      ['retry'],
      [/^error: retry needs ids or a filter$/],
      /^Such as: taskproc retry 7 8, or .* --status error$/,
    ],
    [['cancel'], [/^error: cancel needs ids or a filter$/], /^Such as: .* --status pending$/],
    [
      ['retry', '7', '--kind', 'a'],
      [/^error: retry takes ids or filters, not both$/],
      /taskproc retry --help$/,
    ],
    [['cancel', '7', '--status', 'wrong'], [/^error: cancel takes ids or filters, not both$/], /--help$/],
    [
      ['retry', '--status', 'done', '--older-than', 'soon'],
      [
        /^error: --older-than: must be a time/,
        /^error: --status: retry acts on error and cancelled, got "done"$/,
      ],
      /^Run: taskproc retry --help$/,
    ],
    [
      ['cancel', '--status', 'pending,error'],
      [/^error: --status: cancel acts on pending and in_progress, got "error"$/],
      /^Run: taskproc cancel --help$/,
    ],
    [
      ['prune', '--status', 'pending'],
      [/^error: --status: prune acts on done, error and cancelled/, /^error: --older-than is missing/],
      /^Such as: taskproc prune --older-than 7d --dry-run$/,
    ],
    [
      ['retry', '--status', 'error'],
      [/nobody is there to answer$/],
      /^Give --yes when you are sure, or .*--dry-run\.$/,
    ],
    [['prune', '--older-than', '7d'], [/nobody is there to answer$/], /--yes/],
  ])('%j is refused in two lines', async (args, problems, hint) => {
    expectRefusal(await run(...args), 2, problems, hint)
  })
})

describe('--dry-run', () => {
  it('counts by queue, kind and status, and changes nothing', async () => {
    await add('error', 3)
    await add('cancelled', 2, { kind: 'images' })
    await add('done', 4)
    const { lines, stderr, exitCode } = await run('prune', '--older-than', '7d', '--dry-run')
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    expect(lines).toEqual([
      '9 tasks match status=done,error,cancelled older than 7d; nothing was done',
      'queue    kind    status     tasks',
      'default  emails  done           4',
      'default  emails  error          3',
      'default  images  cancelled      2',
    ])
    expect(await counts()).toEqual({ error: 3, cancelled: 2, done: 4 })
  })

  it('is one document for programs', async () => {
    await add('error', 3)
    const { stdout } = await run('retry', '--kind', 'emails,images', '--dry-run', '--json')
    expect(JSON.parse(stdout)).toEqual({
      ...{ verb: 'retry', dry_run: true, matched: 3 },
      groups: [{ queue: 'default', kind: 'emails', status: 'error', count: 3 }],
    })
  })

  it('of ids says of each what would become of it', async () => {
    await add('error', 1)
    await add('done', 1)
    const { lines, exitCode } = await run('retry', '1', '2', '3', '--dry-run')
    expect(lines).toEqual(['#1 would be pending again', '#2 is done', '#3 no such task'])
    expect(exitCode).toBe(1)
    expect((await run('cancel', '1', '--dry-run')).lines).toEqual(['#1 has finished already: error'])
    expect(await counts()).toEqual({ error: 1, done: 1 })
  })
})

describe('--yes', () => {
  it('retries what failed and nothing else, and says why it left some alone', async () => {
    await add('error', 1300)
    await add('error', 3, { key: `'key ' || place` })
    await add('cancelled', 5)
    await add('done', 5)
    await pool.query(
      `insert into taskproc.tasks (kind, unique_key) values ('emails', 'key 1'), ('other', 'key 3')`,
    )
    const { lines, stderr, exitCode } = await run('retry', '--kind', 'emails', '--yes')
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    expect(lines).toEqual([
      '1,303 tasks match status=error kind=emails',
      'retried 1,301 tasks',
      'left alone 2: a live task has the same unique key',
    ])
    expect(await counts()).toEqual({ pending: 1303, error: 2, cancelled: 5, done: 5 })
    const again = await run('retry', '--kind', 'emails', '--yes', '--json')
    expect(JSON.parse(again.stdout)).toEqual({
      ...{ verb: 'retry', matched: 2, retried: 0, refused: { unique_key: 2 }, interrupted: false },
    })
    expect(again.exitCode).toBe(0)
  })

  it('cancels what is pending, tells what runs to stop, and leaves what ended', async () => {
    await add('done', 2)
    await pool.query(`
      insert into taskproc.processes (id, name, host, pid, version, kinds, workers, lease_ms)
      overriding system value values (77, 'alive', 'here', 1, '0', '{emails}', 5, 3600000) on conflict do nothing;
      insert into taskproc.tasks (kind, run_at) select 'emails', now() + n * interval '1 hour' from generate_series(0, 9) as n;
      insert into taskproc.tasks (kind, status, attempts, claim_number, claimed_by, claimed_at)
      values ('emails', 'in_progress', 1, 1, 77, now()), ('other', 'in_progress', 1, 1, 77, now())`)
    const { lines } = await run('cancel', '--kind', 'emails', '--yes')
    expect(lines).toEqual([
      '11 tasks match status=pending,in_progress kind=emails',
      'cancelled 10 tasks, told 1 running to stop',
    ])
    expect(await counts()).toEqual({ cancelled: 10, in_progress: 2, done: 2 })
    const { stdout } = await run('cancel', '--kind', 'emails', '--yes', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ matched: 1, cancelled: 0, requested: 1, refused: {} })
  })

  it('prunes what is old, with what tasks leave behind; by filter only what was named', async () => {
    await add('done', 1500)
    await add('error', 10)
    await add('done', 7, { days: 6 })
    await pool.query(`
      insert into taskproc.task_logs (task_id, attempt, event, level, message) values (987654, 1, 'log', 'info', 'lost')`)
    const some = await run('prune', '--older-than', '7d', '--status', 'error', '--yes')
    expect(some.lines.slice(1)).toEqual(['pruned 10 tasks'])
    const all = await run('prune', '--older-than', '7d', '--yes')
    expect(all.lines.slice(1)).toEqual(['pruned 1,500 tasks, 1 log line of tasks that are gone'])
    expect(await counts()).toEqual({ done: 7 })
    const none = await run('prune', '--older-than', '7d', '--yes')
    expect(none.lines).toEqual(['0 tasks match status=done,error,cancelled older than 7d'])
    const json = await run('prune', '--older-than', '0', '--yes', '--json')
    expect(JSON.parse(json.stdout)).toEqual({
      ...{
        verb: 'prune',
        matched: 7,
        pruned: 7,
        processes: 0,
        log_lines: 0,
        refused: {},
        interrupted: false,
      },
    })
    const { rows } = await pool.query('select done, error, cancelled from taskproc.tallies')
    expect(rows).toEqual([{ done: -1507, error: -10, cancelled: 0 }])
    expect(await verify(pool)).toMatchObject({ violations: 0 })
  })

  it('of ids says in time who has locked one', async () => {
    await add('error', 2)
    const client = await pool.connect()
    await client.query('begin')
    await client.query('select from taskproc.tasks where id = 2 for update')
    const retried = await run('retry', '1', '2')
    await client.query('rollback')
    client.release()
    expectRefusal(
      retried,
      1,
      [
        /^error: task 2 is locked: session \d+ \(.*idle in transaction\) has held a lock on its row for .*; nothing was changed$/,
      ],
      /^Wait for its end, or end it: select pg_terminate_backend\(\d+\)$/,
    )
    expect(await counts()).toEqual({ error: 2 })
  })

  it('says what another transaction has locked, after it tried again', async () => {
    await add('error', 3)
    const client = await pool.connect()
    await client.query('begin')
    await client.query('select from taskproc.tasks where id = 2 for update')
    const { lines } = await run('retry', '--status', 'error', '--yes')
    await client.query('rollback')
    client.release()
    expect(lines.slice(1)).toEqual([
      'retried 2 tasks',
      'left alone 1: locked by another transaction, or different by now',
    ])
  })
})

describe('on a terminal', () => {
  beforeEach(requireTerminal)
  const start = (...args: string[]) => startInTerminal([BINARY, ...args], { env })
  const asked =
    /3 tasks match status=error kind=emails\r\n.*queue +kind +status +tasks.*\r\n.*default +emails +error +3\r\nretry them\? \(y\/N\) /

  it.each([
    ['y', 'y\r', 0, { pending: 3 }, /retried 3 tasks/],
    ['Yes', 'Yes\r', 0, { pending: 3 }, /retried 3 tasks/],
    ['Enter', '\r', 1, { error: 3 }, /\) (n|\^D)?\s*nothing was done\r\n/],
    ['n', 'n\r', 1, { error: 3 }, /\) (n|\^D)?\s*nothing was done\r\n/],
    ['the end of the input', '\u0004', 1, { error: 3 }, /\) (n|\^D)?\s*nothing was done\r\n/],
    ['Ctrl+C', CTRL_C, 1, { error: 3 }, /error: interrupted: nothing was done/],
  ])('asks, and takes %s for an answer', async (_, keys, exitCode, wanted, said) => {
    await add('error', 3)
    const process = start('retry', '--kind', 'emails')
    await process.waitForOutput(asked)
    process.write(keys)
    expect(await process.exit).toMatchObject({ exitCode })
    expect(process.output()).toMatch(said)
    expect(await counts()).toEqual(wanted)
  })

  it('does not ask where nothing matches, nor who gave --yes', async () => {
    const none = start('retry', '--kind', 'emails')
    expect(await none.exit).toMatchObject({ exitCode: 0 })
    expect(none.output()).toContain('0 tasks match')
    await add('error', 3)
    const sure = start('retry', '--kind', 'emails', '--yes')
    expect(await sure.exit).toMatchObject({ exitCode: 0 })
    expect(none.output() + sure.output()).not.toContain('(y/N)')
    expect(await counts()).toEqual({ pending: 3 })
  })

  it('shows how far it is, ends behind the batch in flight with Ctrl+C, and goes on when it is run again', async () => {
    await add('done', 60_000)
    // While somebody serves there are pauses, so it takes its time.
    await pool.query(`
      insert into taskproc.processes (name, host, pid, version, kinds, workers, lease_ms)
      values ('serves', 'here', 1, '0', '{a}', 1, 3600000)`)
    const process = start('prune', '--older-than', '7d', '--yes')
    await process.waitForOutput(/pruned [1-9][\d,]* of about 60,000, [\d.]+ m?s left/)
    process.write(CTRL_C)
    expect(await process.exit).toMatchObject({ exitCode: 1 })
    const [, pruned = '0'] = /interrupted: pruned ([\d,]+) of about 60,000\r\n/.exec(process.output()) ?? []
    expect(process.output()).toMatch(/What was done stays; run it again to go on\.\r\n/)
    const done = Number(pruned.replace(',', ''))
    expect(done).toBeGreaterThan(0)
    expect(await counts()).toEqual({ done: 60_000 - done })
    await pool.query('delete from taskproc.processes')
    const again = await run('prune', '--older-than', '7d', '--yes')
    expect(again.lines.at(-1)).toBe(`pruned ${(60_000 - done).toLocaleString('en-US')} tasks`)
    expect(await counts()).toEqual({})
  })
})

it('ends behind the batch in flight also off a terminal, with one document', async () => {
  await add('done', 60_000)
  await pool.query(`
    insert into taskproc.processes (name, host, pid, version, kinds, workers, lease_ms)
    values ('serves', 'here', 1, '0', '{a}', 1, 3600000)`)
  const process = spawnTaskproc(['prune', '--older-than', '7d', '--yes', '--json'], { env })
  await eventually('it has begun', async () => ((await counts())['done'] ?? 0) < 60_000)
  process.signal('SIGTERM')
  const { exitCode, stdout, stderr } = await process.exit
  expect(exitCode).toBe(1)
  const document = JSON.parse(stdout)
  expect(document).toMatchObject({ matched: 60_000, interrupted: true })
  expect(await counts()).toEqual({ done: 60_000 - document.pruned })
  expect(stderr).toMatch(
    /^error: interrupted: pruned [\d,]+ of about 60,000\nWhat was done stays; run it again/,
  )
  await pool.query('delete from taskproc.processes')
})

it('gives one reason for each task that is not retried by id', async () => {
  await add('error', 2, { key: `'k'` })
  await add('done', 1)
  await pool.query(`insert into taskproc.tasks (kind, unique_key) values ('a', null), ('b', 'k')`)
  const { lines, exitCode } = await run('retry', '1', '3', '#4', '9')
  expect(lines).toEqual([
    '#1 a live task, #5, has its unique key',
    '#3 is done',
    '#4 is pending already',
    '#9 no such task',
  ])
  expect(exitCode).toBe(1)
  await pool.query('delete from taskproc.tasks where id = 5')
  const { stdout } = await run('retry', '1', '2', '--json')
  expect(JSON.parse(stdout)).toEqual({
    items: [
      { id: 1, answer: 'retried', reason: null, holder: null },
      { id: 2, answer: 'refused', reason: 'unique_key', holder: 1 },
    ],
  })
})
