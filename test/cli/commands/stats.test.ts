// taskproc stats: tables for people that fit their terminal, one document for programs, the same numbers in both.
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { BINARY, taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'
import { requireTerminal, startInTerminal } from '../../support/pty.ts'

const { url, pool } = await testDatabase()
const env = { DATABASE_URL: url }
const ESCAPE = '\u001b'
const TABLES = ['tasks', 'processes', 'queues', 'tallies']

beforeEach(() => pool.query(TABLES.map((table) => `delete from taskproc.${table}`).join(';')))

const count = z.number().int().nonnegative()
const counts = { pending: count, in_progress: count, done: count, error: count, cancelled: count }
const seconds = z.number().nonnegative()
const percentiles = z.strictObject({ p50: seconds, p95: seconds, p99: seconds }).nullable()
const steps = z.array(z.number().nonnegative()).length(90)
const document = z.strictObject({
  counted: z.enum(['exact', 'counters']),
  tasks: z.strictObject(counts),
  queues: z.array(
    z.strictObject({
      queue: z.string(),
      ...counts,
      paused: z.boolean(),
      oldest_pending_seconds: seconds.nullable(),
    }),
  ),
  kinds: z.array(z.strictObject({ kind: z.string(), ...counts })),
  processes: z.array(
    z.strictObject({
      ...{ id: count, name: z.string(), host: z.string(), pid: count, version: z.string() },
      state: z.enum(['running', 'draining', 'stopped', 'lost']),
      ...{ queues: z.array(z.string()).nullable(), kinds: z.array(z.string()) },
      ...{ workers: count, running: count, waiting: count },
      ...{ started_at: z.iso.datetime(), heartbeat_at: z.iso.datetime() },
      ...{ last_beat_seconds: seconds, lease_seconds: seconds },
      doing: z
        .array(z.strictObject({ id: count, kind: z.string(), worker: count, for_seconds: seconds }))
        .max(20),
      ...{ settled_last_minute: count, failed_last_minute: count },
    }),
  ),
  oldest_pending_seconds: seconds.nullable(),
  throughput: z.strictObject({
    per_second: seconds,
    window_seconds: z.literal(60),
    step_seconds: z.literal(10),
    history: steps,
    failed_history: steps,
  }),
  failures_per_minute: count,
  wait_ms: percentiles,
  run_ms: percentiles,
})

/** A day in the life: what waits, failed and is paused, one process that lives and two that ended. */
async function fill(): Promise<void> {
  await pool.query(`
    insert into taskproc.processes (id, name, host, pid, version, kinds, workers, lease_ms, running, state, heartbeat_at,
      stopped_at, counters, doing) overriding system value
    values (7, 'mail-server-4711-abcdef', 'here', 1, '0', '{mails}', 5, 15000, 2, 'running', now(), null,
        jsonb_build_object('settled', '[30, 90]'::jsonb, 'failed', '[3]'::jsonb, 'at_us', extract(epoch from now()) * 1000000,
          'wait_ms', '{"8": 5}'::jsonb, 'run_ms', '{"100": 5}'::jsonb,
          'kinds', '{"mails": {"mails": {"in_progress": 2, "done": 11, "error": 3, "cancelled": 0}}}'::jsonb),
        '[{"id": 4711, "kind": "mails", "worker": 3, "since_us": 1577836800000000}]'),
      (8, 'ended', 'here', 1, '0', '{mails}', 5, 15000, 0, 'stopped', now() - interval '2 days', now() - interval '20 min', '{}', '[]'),
      (9, 'killed', 'here', 1, '0', '{mails}', 5, 15000, 0, 'lost', now() - interval '3 days', now() - interval '29 min', '{}', '[]');
    insert into taskproc.tasks (queue, kind, run_at) values
      ('mails', 'mails', now() - interval '90 seconds'), ('mails', 'mails', now()), ('images', 'resize', now() + interval '1 hour');
    insert into taskproc.tasks (kind, status, attempts, claim_number, claimed_by, claimed_at, finished_at, error)
    values ('mails', 'error', 1, 1, 1, now(), now(), 'no');
    insert into taskproc.queues values ('images', now())`)
}

/** Times that pass while the test runs, as one text of the same width or less. */
const still = (text: string) => text.replace(/\d+ min \d+ s|\b(?:\d+ ms|[\d.]+ s)(?= ago)/g, 'T')

it('says of an empty database that nothing is there and nobody works', async () => {
  const { exitCode, lines, stderr } = await taskproc(['stats'], { env })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(lines).toEqual([
    '       pending  in_progress  done  error  cancelled',
    'tasks        0            0     0      0          0',
    '',
    'no process is running',
    '',
    'oldest pending  -',
    'throughput      0.0/s over the last 60 s',
    'failed          0 in the last minute',
    'wait            -',
    'run             -',
  ])
})

it('counts by status, queue and kind, and shows who lives, and who ended apart from them', async () => {
  await fill()
  const { stdout } = await taskproc(['stats'], { env })
  expect(still(stdout)).toBe(`\
       pending  in_progress  done  error  cancelled
tasks        3            0     0      1          0

queue    pending  in_progress  done  error  cancelled  oldest
default        0            0     0      1          0  -
images         1            0     0      0          0  -           paused
mails          2            0     0      0          0  T

kind    pending  in_progress  done  error  cancelled
mails         2            0     0      1          0
resize        1            0     0      0          0

process                  state    workers  running  waiting  queues  last beat
mail-server-4711-abcdef  running        5        2        0  all     T ago

ended   state    last beat
killed  lost     3 d ago
ended   stopped  2 d ago

oldest pending  T
throughput      2.0/s over the last 60 s
failed          3 in the last minute
wait            p50 2 ms, p95 2 ms, p99 2 ms (last 15 min)
run             p50 5.8 s, p95 5.8 s, p99 5.8 s (last 15 min)
`)
})

it('marks a process whose beats do not come, and says so where its lease is over', async () => {
  await fill()
  const silentFor = async (seconds: number) => {
    await pool.query(
      `update taskproc.processes set lease_ms = $2, heartbeat_at = now() - $1 * interval '1 s' where id = 7`,
      [seconds, LEASE_MS],
    )
    const { lines } = await taskproc(['stats'], { env })
    const at = lines.findIndex((line) => line.startsWith('mail-server'))
    // A second more is written out, and is not the matter here.
    return lines.slice(at, at + 2).map((line) => still(line).replace('8 min ago', 'T ago'))
  }
  const row = 'mail-server-4711-abcdef  silent        5        2        0  all     T ago'
  expect(await silentFor((0.8 * LEASE_MS) / 1000)).toEqual([row, ''])
  expect((await silentFor((1.1 * LEASE_MS) / 1000))[1]).toMatch(
    /^mail-server-4711-abcdef is silent for longer than its lease of 10 min( and holds \d tasks)?$/,
  )
})
const LEASE_MS = 600_000

it('does not speak of processes that live where only some ended', async () => {
  await fill()
  await pool.query(`delete from taskproc.processes where state = 'running'`)
  const { lines } = await taskproc(['stats'], { env })
  const from = lines.indexOf('no process is running')
  expect(lines.slice(from, from + 3)).toEqual(['no process is running', '', 'ended   state    last beat'])
})

it('gives programs one line of JSON with all that the design says, and nothing else', async () => {
  await fill()
  await pool.query(`insert into taskproc.tasks (id, kind, status, attempts, claim_number, claimed_by, claimed_at)
    overriding system value values (4711, 'mails', 'in_progress', 1, 1, 7, now())`)
  const { stdout, lines, stderr } = await taskproc(['stats', '--json'], { env })
  expect(lines).toHaveLength(1)
  expect(stderr).toBe('')
  expect(document.parse(JSON.parse(stdout))).toMatchObject({
    counted: 'exact',
    tasks: { pending: 3, in_progress: 1, done: 0, error: 1, cancelled: 0 },
    processes: [
      {
        name: 'mail-server-4711-abcdef',
        doing: [{ id: 4711, kind: 'mails', worker: 3 }],
        settled_last_minute: 120,
      },
      { state: 'lost', doing: [] },
      { state: 'stopped' },
    ],
    throughput: { per_second: 2, window_seconds: 60 },
    failures_per_minute: 3,
  })
})

it('lets no name move the cursor of a terminal', async () => {
  await pool.query(`insert into taskproc.tasks (kind) values (E'red\\x1b[31m\\nline')`)
  const { stdout } = await taskproc(['stats'], { env })
  expect(stdout).not.toContain(ESCAPE)
  expect(stdout).toMatch(/^red\uFFFD\[31m line +1 /m)
})

describe('of a large table', () => {
  /** Rows that fill a page each: the table is above the size that is counted row by row. */
  beforeEach(() =>
    pool.query(`
      alter table taskproc.tasks alter payload set storage plain;
      insert into taskproc.tasks (kind, payload, status, attempts, claim_number, claimed_by, claimed_at, finished_at)
      select 'large', to_jsonb(repeat('x', 7000)), 'done', 1, 1, 1, now(), now() from generate_series(1, 8500)`),
  )

  it('says what processes counted, and that it does; counts every row where that is asked for', async () => {
    await fill()
    await pool.query(`insert into taskproc.tallies values ('mails', 'mails', 5, -1, 2)`)
    const about = await taskproc(['stats'], { env })
    expect(about.lines.slice(1, 3)).toEqual([
      'tasks        3            2    16      2          2',
      'about, as the processes counted up to their last beats; --exact counts every row',
    ])
    const exact = await taskproc(['stats', '--exact'], { env })
    expect(exact.lines.slice(1, 3)).toEqual(['tasks        3            0  8500      1          0', ''])
  })

  it('says it in JSON too', async () => {
    await fill()
    const read = async (...flags: string[]) =>
      document.parse(JSON.parse((await taskproc(['stats', '--json', ...flags], { env })).stdout))
    expect(await read()).toMatchObject({ counted: 'counters', tasks: { done: 11, in_progress: 2 } })
    expect(await read('--exact')).toMatchObject({ counted: 'exact', tasks: { done: 8500 } })
  })
})

describe('on a terminal', () => {
  async function linesAt(columns: number, terminal = {}): Promise<{ output: string; lines: string[] }> {
    const child = startInTerminal([BINARY, 'stats'], { env: { ...env, ...terminal }, columns })
    expect(await child.exit).toMatchObject({ exitCode: 0 })
    const output = child.output()
    const codes = new RegExp(`${ESCAPE}\\[[?\\d;]*[A-Za-z]`, 'g')
    const erased = new RegExp(`[^\\n]*${ESCAPE}\\[1G${ESCAPE}\\[0K`, 'g')
    const plain = output.replace(erased, '').replace(codes, '')
    return { output, lines: plain.split('\r\n') }
  }

  beforeEach((context) => {
    requireTerminal(context)
    return fill()
  })

  it.each([40, 60, 80, 120])('fits %d columns', async (columns) => {
    await pool.query(`insert into taskproc.tasks (kind, queue) values (repeat('k', 100), repeat('q', 100))`)
    const { lines } = await linesAt(columns)
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns)
    const first = columns < 56 ? 'pending' : 'tasks'
    expect(lines.find((line) => line.startsWith(first))).toMatch(/ 4\b/)
    expect(lines.find((line) => line.startsWith('images'))).toMatch(/ 1 .*paused$/)
  })

  it('has its headings in bold, and without colours none', async () => {
    expect((await linesAt(80)).output).toContain(`${ESCAPE}[1mqueue `)
    expect((await linesAt(80, { NO_COLOR: '1' })).output).not.toContain(ESCAPE)
    expect((await linesAt(80, { TERM: 'dumb' })).output).not.toContain(ESCAPE)
  })

  it('says below the figures what to type next, where tasks wait for nobody or have failed; a pipe is not told', async () => {
    const next = /to run them: taskproc serve|to see what failed: taskproc list --status error --newest/
    expect((await linesAt(120)).lines.filter((line) => next.test(line))).toEqual([
      'to see what failed: taskproc list --status error --newest',
    ])
    await pool.query(`delete from taskproc.processes; delete from taskproc.tallies`)
    await pool.query(`insert into taskproc.tasks (kind, queue) values ('mails', 'served by nobody')`)
    expect((await linesAt(120)).lines.filter((line) => next.test(line))).toContainEqual(
      expect.stringMatching(/^\d tasks? waits? and no process is running; to run them: taskproc serve$/),
    )
    const { stdout, stderr } = await taskproc(['stats'], { env })
    expect(stdout + stderr).not.toMatch(next)
  })
})
