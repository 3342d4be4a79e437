// taskproc bench by its binary, in tiny sizes: its document, its table, what it leaves behind, and that it finds what is wrong.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, inject, it } from 'vitest'
import { BENCH_DOCUMENT, type BenchDocument } from '../../../src/cli/bench/document.ts'
import type { Finished } from '../../support/child.ts'
import { spawnTaskproc, taskproc } from '../../support/cli.ts'
import { administer, testDatabase } from '../../support/database.ts'
import { tempDir } from '../../support/end.ts'
import { eventually } from '../../support/eventually.ts'
import { expectRefusal } from '../refusal.ts'

const { url, pool } = await testDatabase()
const { adminUrl } = inject('postgres')
const env = { DATABASE_URL: url }

function bench(...args: string[]): Promise<Finished> {
  return taskproc(['bench', ...args], { env, timeoutMs: 100_000 })
}

/** Checked against the schema, and told without a word on stderr but of what tests beside this one left behind; `exitCode` is what it must end with. */
async function document(args: readonly string[], exitCode = 0): Promise<BenchDocument> {
  const finished = await bench(...args, '--json')
  expect(finished.exitCode, finished.stderr).toBe(exitCode)
  expect(finished.stderr).toMatch(/^(.*left behind: the database taskproc_bench_.*\n)*$/)
  expect(finished.lines).toHaveLength(1)
  return BENCH_DOCUMENT.parse(JSON.parse(finished.stdout))
}

/** All of them, also those of other tests. */
async function scratchDatabases(): Promise<unknown[]> {
  return (
    await administer(adminUrl, `select datname from pg_database where datname like 'taskproc\\_bench\\_%'`)
  ).map(({ datname }) => datname)
}

async function rowCounts(): Promise<unknown> {
  const { rows } = await pool.query(
    `select (select count(*) from taskproc.tasks) as tasks, (select count(*) from taskproc.task_logs) as logs,
      (select count(*) from taskproc.processes) as processes, (select count(*) from taskproc.sleepers) as sleepers`,
  )
  return rows[0]
}

const NOTHING = { tasks: 0, logs: 0, processes: 0, sleepers: 0 }

it.each([
  { args: ['drain', '--tasks', '120', '--processes', '2'], runs: 1, tasks: 120 },
  { args: ['steady', '--rate', '50', '--seconds', '1', '--evenly'], runs: 1, tasks: 50 },
  { args: ['latency', '--tasks', '3'], runs: 1, tasks: 3 },
  { args: ['enqueue', '--tasks', '20', '--clients', '2'], runs: 4, tasks: 440 },
  { args: ['churn', '--tasks', '40', '--tuned'], runs: 1, tasks: 40 },
  { args: ['hold', '--tasks', '50', '--gone-by', '100', '--recovery', '0s'], runs: 6, tasks: 300 },
])('$args is one document, in which nothing is lost', async ({ args, runs, tasks }) => {
  const { benchmark, runs: found, faults, ok, environment } = await document(args)
  expect({ benchmark, faults, ok, place: environment.place }).toEqual({
    ...{ benchmark: args[0], faults: [], ok: true, place: 'scratch' },
  })
  expect(found).toHaveLength(runs)
  expect(found.reduce((sum, run) => sum + run.tasks, 0)).toBe(tasks)
  for (const run of found) {
    expect(run).toMatchObject({ lost: 0, duplicated: 0, refused: 0 })
    expect(run.tasks_per_second).toBeGreaterThan(0)
    expect(run.per_task.wal_bytes).toBeGreaterThan(100)
    expect(run.per_task.statements).toBeGreaterThan(0)
    expect(run.timeline.some(({ tasks_per_second }) => tasks_per_second > 0)).toBe(true)
  }
  expect(await rowCounts()).toEqual(NOTHING)
})

it('says with which settings it measured, also those that nobody gave', async () => {
  const tuned = await document([
    'hold',
    '--tasks',
    '20',
    '--gone-by',
    '0',
    '--recovery',
    '0s',
    '--workers',
    '7',
  ])
  expect(tuned.settings).toMatchObject({
    tasks: 20,
    tuned: true,
    workers: 7,
    fetch_limit: 2000,
    processes: 1,
  })
  expect(tuned.runs[0]?.engine).toEqual({ processes: 1, workers: 7, fetch_limit: 2000 })
  const plain = await document(['steady', '--rate', '20', '--seconds', '1'])
  expect(plain.settings).toMatchObject({ tuned: false, workers: 5, fetch_limit: 10 })
})

it('measures beside what is finished, in the future, unserved and paused', async () => {
  const { runs } = await document(['growth', '--tasks', '3', '--finished', '20', '--backlog', '10'])
  const names = runs.map(({ name }) => name)
  expect(names.filter((name) => !name.endsWith('idle'))).toEqual([
    ...['empty', '2 finished', '20 finished', '10 in the future', '10 unserved', '10 paused'],
  ])
}, 120_000)

it('has a table for people, and a plot', async () => {
  const cwd = tempDir()
  const { exitCode, stdout } = await taskproc(['bench', 'drain', '--tasks', '100', '--plot', 'drain.svg'], {
    env,
    cwd,
  })
  expect(exitCode).toBe(0)
  expect(
    stdout
      .replace(/[\d.,]+/g, '0')
      .replace(/ +/g, ' ')
      .replace(/cores?: .*/, 'cores: a cpu'),
  ).toMatchSnapshot()
  expect(readFileSync(join(cwd, 'drain.svg'), 'utf8')).toMatch(
    /^<svg [^>]*>[\s\S]*<path class="line p99"[\s\S]*<\/svg>\n$/,
  )
})

it('leaves no database and no engine behind when it is interrupted', async () => {
  const before = await scratchDatabases()
  const child = spawnTaskproc(['bench', 'steady', '--seconds', '600'], { env })
  const own = await eventually('its engine is at work', async () => {
    const names = (await scratchDatabases()).filter((name) => !before.includes(name))
    const busy = await administer(
      adminUrl,
      `select datname from pg_stat_activity where application_name like 'taskproc bench engine%'`,
    )
    return busy.map(({ datname }) => datname).find((name) => names.includes(name))
  })
  child.signal('SIGINT')
  const { exitCode, stderr, stdout } = await child.exit
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  expect(stderr).toBe(
    'error: interrupted by SIGINT\nNothing of it is left in the database, and its figures are lost.\n',
  )
  expect(await scratchDatabases()).not.toContain(own)
})

it('uses rows of its own in the database, and takes them away, where it is told to', async () => {
  const { environment, ok } = await document(['churn', '--tasks', '40', '--tuned', '--in-place'])
  expect({ place: environment.place, ok }).toEqual({ place: 'in_place', ok: true })
  expect(await rowCounts()).toEqual(NOTHING)
})

it('does so, and says it, where the role may not create databases', async () => {
  const role = `bench_${Math.random().toString(36).slice(2)}`
  await pool.query(`create role ${role} login password 'secret'`)
  await pool.query(`grant usage on schema taskproc to ${role}`)
  await pool.query(`grant all on all tables in schema taskproc to ${role}`)
  await pool.query(`grant all on all sequences in schema taskproc to ${role}`)
  const asRole = url.replace(/\/\/[^@/]*@/, `//${role}:secret@`)
  const { exitCode, stdout, stderr } = await taskproc(['bench', 'drain', '--tasks', '20', '--json'], {
    env: { DATABASE_URL: asRole },
  })
  await pool.query(`drop owned by ${role}`)
  await pool.query(`drop role ${role}`)
  expect(stderr).toContain(
    'this role may not create databases: the rows of the benchmark are put into this one',
  )
  expect(exitCode, stderr).toBe(0)
  expect(BENCH_DOCUMENT.parse(JSON.parse(stdout))).toMatchObject({
    ok: true,
    environment: { place: 'in_place' },
  })
  expect(await rowCounts()).toEqual(NOTHING)
})

it('takes its rows away, too, when it is interrupted', async () => {
  const child = spawnTaskproc(['bench', 'steady', '--seconds', '600', '--in-place'], { env })
  await eventually('tasks are done', async () => {
    const { rows } = await pool.query(`select from taskproc.tasks where status = 'done' limit 1`)
    return rows.length > 0
  })
  child.signal('SIGINT')
  expect(await child.exit).toMatchObject({ exitCode: 1 })
  expect(await rowCounts()).toEqual(NOTHING)
})

it('refuses to fill the database of the user', async () => {
  expect((await bench('growth', '--help')).stdout).not.toContain('--in-place')
  const { exitCode, stderr } = await bench('growth', '--in-place')
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(
    /^error: bench growth fills a table, and needs a database of its own\nRun it without --in-place/,
  )
})

afterEach(async () => {
  await pool.query('drop trigger if exists break on taskproc.tasks')
})

/** From now on the database does this to every tenth task that is done for the first time. */
async function breakTasks(what: string): Promise<void> {
  await pool.query(`create or replace function break_task() returns trigger language plpgsql as $$
    begin ${what}; return null; end $$`)
  await pool.query(`create trigger break after update on taskproc.tasks for each row
    when (new.status = 'done' and new.claim_number = 1 and new.id % 10 = 0) execute function break_task()`)
}

it('finds tasks that are lost', async () => {
  await breakTasks('delete from taskproc.tasks where id = new.id')
  const { faults, runs } = await document(['drain', '--tasks', '40', '--in-place'], 1)
  expect(runs[0]).toMatchObject({ lost: 4, duplicated: 0 })
  expect(faults).toEqual(['drain, defaults: 4 tasks lost'])
})

it('finds tasks that ran twice', async () => {
  await breakTasks(`update taskproc.tasks set status = 'pending', attempts = 0, result = null, claimed_by = null,
    claimed_at = null, finished_at = null where id = new.id`)
  const { faults, runs } = await document(['drain', '--tasks', '40', '--in-place'], 1)
  expect(runs[0]).toMatchObject({ lost: 0, duplicated: 4 })
  expect(faults).toEqual(['drain, defaults: 4 tasks run or finished twice'])
})

it.each([
  ['race', '--in-place'],
  ['race', '--payload-bytes', '9'],
  ['steady', '--tasks', '9'],
])('refuses of %s what only bench itself has: %s', async (...args) => {
  const option = new RegExp(`^error: unknown option '${args[1]}'$`)
  expectRefusal(await bench(...args), 2, option, new RegExp(`bench ${args[0]} --help`))
})
