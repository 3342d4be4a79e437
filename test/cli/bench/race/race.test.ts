// taskproc bench race: through SQL and through the API, what it refuses, and that it leaves nothing behind.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { apiProcess } from '../../../flow/api-process.ts'
import { put } from '../../../flow/table.ts'
import { spawnTaskproc, taskproc } from '../../../support/cli.ts'
import { testDatabase } from '../../../support/database.ts'
import { tempDir } from '../../../support/end.ts'
import { eventually } from '../../../support/eventually.ts'
import { expectRefusal } from '../../refusal.ts'

const { url, pool } = await testDatabase()
const env = { DATABASE_URL: url }

/** What there is beside one task of the user's own, and its kind. */
afterEach(async () => {
  const { rows } = await pool.query(
    `select 'task' as what from taskproc.tasks where kind <> 'mine' union all select 'log' from taskproc.task_logs
     union all select 'process' from taskproc.processes union all select 'tally' from taskproc.tallies
     union all select 'sleeper' from taskproc.sleepers`,
  )
  expect(rows).toEqual([])
})

it('gives fifteen that ask at the same instant fifteen different tasks, with a bar for each', async () => {
  const [mine] = await put(pool, { kind: 'mine', priority: 100 })
  const { exitCode, lines, stderr } = await taskproc(['bench', 'race', '--rounds', '2'], { env })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(lines.slice(0, 2)).toEqual([
    expect.stringMatching(/^round 1: 15 asked in .* ms, 15 got 15 different tasks; answered in .* ms$/),
    expect.stringMatching(/^round 2: 15 asked/),
  ])
  expect(lines[3]?.trim().split(/ {2,}/)).toEqual(['claimer', 'first', 'slowest', 'tasks', 'got'])
  for (const line of lines.slice(4, 19))
    expect(line).toMatch(/^ +\d+ +[\d.]+ ms +[\d.]+ ms +\d+ +█+ +#\d+( #\d+)+$/)
  expect(lines.slice(-2)).toEqual([
    'ok      60 tasks, each given once and done',
    expect.stringMatching(/^ok {6}verify: all \d+ counts are 0$/),
  ])
  const { rows } = await pool.query('select id, status from taskproc.tasks')
  expect(rows).toEqual([{ id: mine, status: 'pending' }])
})

it('says the same to programs, also where some get nothing, and draws it', async () => {
  const cwd = tempDir()
  const { exitCode, stdout } = await taskproc(
    ['bench', 'race', '--claimers', '4', '--tasks', '3', '--rounds', '1', '--json', '--plot', 'race.svg'],
    { env, cwd },
  )
  expect(exitCode).toBe(0)
  const report = JSON.parse(stdout)
  expect(report).toMatchObject({
    benchmark: 'race',
    settings: { claimers: 4, tasks: 3, rounds: 1, url: null },
    environment: { place: 'in_place', cores: expect.any(Number) },
    through: 'SQL',
    rounds: [{ tasks: 3, asked_at_once: 4, got_one_at_once: 3, different_at_once: 3, given_twice: [] }],
    done: 3,
    violations: 0,
    faults: [],
    ok: true,
  })
  const ids = report.claimers.flatMap((claimer: { ids: number[] }) => claimer.ids)
  expect(new Set(ids).size).toBe(3)
  expect(readFileSync(join(cwd, 'race.svg'), 'utf8').match(/class="first"/g)).toHaveLength(3)
})

it('races through the API, with its token', async () => {
  const token = 'a-token-of-this-test'
  const api = await apiProcess(url, { TASKPROC_API_TOKEN: token })
  const race = ['bench', 'race', '--url', api.url, '--rounds', '1']
  const { exitCode, lines } = await taskproc(race, { env: { ...env, TASKPROC_API_TOKEN: token } })
  expect(exitCode).toBe(0)
  expect(lines[0]).toMatch(/15 got 15 different tasks/)
  expectRefusal(await taskproc(race, { env }), 1, /asks for a token/, /TASKPROC_API_TOKEN/)
  expectRefusal(
    await taskproc(race, { env: { ...env, TASKPROC_API_TOKEN: 'another-token-of-mine' } }),
    1,
    /refuses this token/,
    /./,
  )
})

it('exits with 1 where a count of verify is not 0, and says which', async () => {
  await pool.query(`insert into taskproc.tasks (kind, status, attempts, claim_number, claimed_by, claimed_at)
    values ('mine', 'in_progress', 1, 1, 987654, now())`)
  const { exitCode, lines } = await taskproc(['bench', 'race', '--rounds', '1'], { env })
  await pool.query(`delete from taskproc.tasks where claimed_by = 987654`)
  expect(exitCode).toBe(1)
  expect(lines.at(-1)).toBe('FAILED  verify: in progress and owned by nobody alive: 1')
})

it('refuses an API of another database, and where nobody answers', async () => {
  const other = await testDatabase()
  const api = await apiProcess(other.url)
  expectRefusal(
    await taskproc(['bench', 'race', '--url', api.url], { env }),
    2,
    /uses another database/,
    /DATABASE_URL/,
  )
  api.signal('SIGTERM')
  await api.exit
  expectRefusal(
    await taskproc(['bench', 'race', '--url', api.url], { env }),
    1,
    /no answer from the API at .*ECONNREFUSED/,
    /./,
  )
})

it('names every wrong flag', async () => {
  const args = ['bench', 'race', '--claimers', '0', '--tasks', 'many', '--rounds', '-1', '--url', 'ftp://x']
  const { exitCode, stderr } = await taskproc(args, { env })
  expect(exitCode).toBe(2)
  for (const flag of ['--claimers', '--tasks', '--rounds', '--url'])
    expect(stderr).toContain(`error: ${flag}: `)
})

it('takes everything away when it is interrupted', async () => {
  const race = spawnTaskproc(['bench', 'race', '--tasks', '10000', '--rounds', '100'], { env })
  await eventually('under way', async () => {
    const { rows } = await pool.query(`select from taskproc.tasks where status = 'done' limit 1`)
    return rows.length === 1
  })
  race.signal('SIGINT')
  const { exitCode, stderr } = await race.exit
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/interrupted by SIGINT\nNothing of it is left/),
  })
})
