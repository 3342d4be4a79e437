// taskproc doctor through the real binary: sound, sick, without a schema, without rights; for people and for programs.
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { pause, resume } from '../../../src/db/queues.ts'
import { addProcess, addTask, addTasks, deleteAll } from '../../db/fixtures.ts'
import { wrongClock } from '../../flow/wrong-clock.ts'
import { tempHome } from '../../postgres/home.ts'
import { BINARY, taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'
import { tempDir } from '../../support/end.ts'
import { requireTerminal, startInTerminal } from '../../support/pty.ts'

const { url, pool } = await testDatabase()
const empty = await testDatabase({ migrated: false })

const Document = z.strictObject({
  findings: z.array(
    z.strictObject({
      name: z.string().min(1),
      severity: z.enum(['error', 'warning', 'info']),
      evidence: z.string().min(1),
      fix: z.string().min(1),
    }),
  ),
  checks: z.array(z.strictObject({ name: z.string().min(1), ok: z.boolean().nullable(), note: z.string() })),
})

beforeEach(async () => {
  await deleteAll(pool)
  await resume(pool, null)
})

async function json(databaseUrl: string, env = {}) {
  const { exitCode, stdout, stderr, lines } = await taskproc(['doctor', '--json'], {
    env: { DATABASE_URL: databaseUrl, ...env },
  })
  expect({ stderr, lines: lines.length }).toEqual({ stderr: '', lines: 1 })
  return { exitCode, ...Document.parse(JSON.parse(stdout)) }
}

/** Tasks of a kind with a long name that nobody serves, and one process that serves another. */
async function unserved(): Promise<void> {
  await addProcess(pool, { kinds: ['email'] })
  await addTask(pool, { kind: 'emial', run_at: '2020-01-01T00:00:00Z' })
}

describe('on a sound installation', () => {
  it('finds nothing, says what it looked at, and exits with 0', async () => {
    await addProcess(pool)
    await addTasks(pool, 10, { run_at: '2999-01-01T00:00:00Z' })
    const { exitCode, lines, stderr } = await taskproc(['doctor'], { env: { DATABASE_URL: url } })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(lines).toContain('ok  migrations: 4 applied')
    expect(lines).toContain('ok  snapshots: nobody holds one')
    expect(lines.filter((line) => !line.startsWith('ok  '))).toEqual([
      ...['', 'nothing is wrong', 'To look for rows that must not be: taskproc verify'],
    ])
  })

  it('gives programs one document', async () => {
    const { exitCode, findings, checks } = await json(url)
    expect({ exitCode, findings }).toEqual({ exitCode: 0, findings: [] })
    expect(checks.length).toBeGreaterThan(14)
    expect(checks.filter(({ ok }) => ok !== true)).toEqual([])
  })

  it('looks at the disk of the embedded server, and leaves it as it was', async () => {
    const env = { TASKPROC_HOME: tempHome() }
    await taskproc(['migrate'], { env })
    const { exitCode, lines } = await taskproc(['doctor'], { env })
    expect(exitCode).toBe(0)
    expect(lines).toContainEqual(expect.stringMatching(/^ok {2}free space: \d.* [MGT]B in /))
    expect((await taskproc(['db', 'status'], { env })).stdout).toMatch(/^state +not running/)
  })
})

it('exits with 1 where something is wrong, and changes nothing', async () => {
  await unserved()
  const state = async () => (await pool.query('select t.*, xmin from taskproc.tasks t')).rows
  const before = await state()
  const { exitCode, findings } = await json(url)
  expect({ exitCode, findings }).toMatchObject({ exitCode: 1, findings: [{ name: 'nobody serves it' }] })
  expect(await state()).toEqual(before)
})

it('exits with 0 where something is worth knowing and nothing is wrong', async () => {
  await addTask(pool, { run_at: '2020-01-01T00:00:00Z' })
  await pause(pool, null)
  const { exitCode, findings } = await json(url)
  expect({ exitCode, findings }).toMatchObject({
    exitCode: 0,
    findings: [{ name: 'paused queue', severity: 'info' }],
  })
})

it('works on a database that was not migrated', async () => {
  const { exitCode, lines } = await taskproc(['doctor'], { env: { DATABASE_URL: empty.url } })
  expect(exitCode).toBe(1)
  expect(lines.slice(-6)).toEqual([
    'error: migrations',
    '  the database is not migrated: it has no schema taskproc',
    '  fix: taskproc migrate',
    ...['', 'found: 1 error', 'To look for rows that must not be: taskproc verify'],
  ])
  expect(lines).toContain('?   plans: not looked at, for want of the schema')
  const { findings } = await json(empty.url)
  expect(findings).toEqual([
    {
      ...{ name: 'migrations', severity: 'error', fix: 'taskproc migrate' },
      evidence: 'the database is not migrated: it has no schema taskproc',
    },
  ])
})

it('works as a role that may hardly look, and says what it could not see', async () => {
  const role = `plain_${process.pid}`
  await pool.query(`create role ${role}; grant usage on schema taskproc to ${role};
    grant select on taskproc.migrations, taskproc.processes, taskproc.queues to ${role}`)
  try {
    const separator = url.includes('?') ? '&' : '?'
    const asRole = `${url}${separator}options=${encodeURIComponent(`-c role=${role}`)}`
    const { exitCode, findings, checks } = await json(asRole)
    expect(exitCode).toBe(0)
    expect(findings).toContainEqual({
      ...{ name: 'could not look', severity: 'info' },
      evidence: 'plans: permission denied for table tasks',
      fix: expect.stringContaining('owns the schema'),
    })
    expect(findings).toContainEqual(
      expect.objectContaining({ name: 'hidden sessions', fix: `grant pg_monitor to ${role};` }),
    )
    expect(checks.find(({ name }) => name === 'plans')).toMatchObject({ ok: null })
    expect(checks.find(({ name }) => name === 'leases')).toMatchObject({ ok: true })
  } finally {
    await pool.query(`drop owned by ${role}; drop role ${role}`)
  }
})

it('finds that the clock of this machine is wrong', async (context) => {
  const { exitCode, findings } = await json(url, wrongClock('+1h', context))
  expect({ exitCode, findings }).toMatchObject({
    exitCode: 1,
    findings: [
      { name: 'clock offset', severity: 'warning', evidence: expect.stringMatching(/is 1 h ahead of/) },
    ],
  })
})

describe('on a terminal', () => {
  it.each([80, 40])('fits %i columns', async (columns) => {
    requireTerminal({ skip: expect.fail })
    await unserved()
    const child = startInTerminal([BINARY, 'doctor'], {
      env: { DATABASE_URL: url, NO_COLOR: '1' },
      columns,
      cwd: tempDir(),
    })
    expect((await child.exit).exitCode).toBe(1)
    const lines = child.output().split('\r\n')
    expect(lines).toContain('warning: nobody serves it')
    const isCommand = (line: string) => /taskproc\.tasks|taskproc serve/.test(line)
    expect(lines.filter((line) => line.length > columns && !isCommand(line))).toEqual([])
    // Nothing got lost in wrapping.
    expect(lines.map((line) => line.trim()).join(' ')).toContain('Did you mean email?')
  })

  it('is bold where there is something to read', async (context) => {
    requireTerminal(context)
    await unserved()
    const child = startInTerminal([BINARY, 'doctor'], { env: { DATABASE_URL: url } })
    await child.exit
    expect(child.output()).toContain('\u001b[1mwarning: nobody serves it\u001b[0m')
  })
})

it('lets no name from the database move the cursor', async () => {
  await addTask(pool, { kind: 'red\u001b[31m\nline', run_at: '2020-01-01T00:00:00Z' })
  const { stdout } = await taskproc(['doctor'], { env: { DATABASE_URL: url } })
  expect(stdout).not.toContain('\u001b')
  expect(stdout).toMatch(/red\uFFFD\[31m line in default/)
})
