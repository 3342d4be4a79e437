// The test support itself: what every other test leans on.
import { existsSync } from 'node:fs'
import { expect, inject, it } from 'vitest'
import { startChild } from './child.ts'
import { cleanEnv } from './cli.ts'
import { administer, testDatabase, withDatabase } from './database.ts'
import { tempDir } from './end.ts'
import { eventually } from './eventually.ts'
import { CTRL_C, requireTerminal, startInTerminal } from './pty.ts'

const { url, pool } = await testDatabase()
const empty = await testDatabase({ migrated: false })

it('gives each caller a migrated database of its own', async () => {
  await pool.query(`insert into taskproc.tasks (kind) values ('noop')`)
  const other = await testDatabase()
  const { rows } = await other.pool.query('select count(*) from taskproc.tasks')
  expect(rows).toEqual([{ count: 0 }])
  expect(other.url).not.toBe(url)
})

it('gives an empty database where that is asked for', async () => {
  const { rows } = await empty.pool.query(`select to_regclass('taskproc.tasks') as tasks`)
  expect(rows).toEqual([{ tasks: null }])
})

it('lets nobody connect to the template, so that it can always be cloned', async () => {
  const { adminUrl, template } = inject('postgres')
  await expect(administer(withDatabase(adminUrl, template), 'select 1')).rejects.toThrow(
    /not currently accepting/,
  )
})

it.each([
  ['postgresql://me@/old?host=/run/pg', 'postgresql://me@/new?host=/run/pg'],
  ['postgresql:///old?host=/run/pg&user=me', 'postgresql:///new?host=/run/pg&user=me'],
  ['postgres://me:p%2Fw@[::1]:5433/old', 'postgres://me:p%2Fw@[::1]:5433/new'],
  [
    'postgresql://h1:1,h2:2/old?target_session_attrs=any',
    'postgresql://h1:1,h2:2/new?target_session_attrs=any',
  ],
  ['postgresql://%2Frun%2Fpg/old', 'postgresql://%2Frun%2Fpg/new'],
  ['postgresql://host', 'postgresql://host/new'],
  ['postgresql://host?sslmode=disable', 'postgresql://host/new?sslmode=disable'],
  ['postgresql://host/old?dbname=other&application_name=x', 'postgresql://host/new?application_name=x'],
])('puts another database into %s', (before, after) => {
  expect(withDatabase(before, 'new')).toBe(after)
})

it('refuses what is no PostgreSQL URL, and a name that would need quotes', () => {
  expect(() => withDatabase('mysql://host/old', 'new')).toThrow(/not a PostgreSQL URL/)
  expect(() => withDatabase('postgresql://host/old', 'a?b')).toThrow(/is named with/)
})

it('waits until a condition holds, whether it threw or said no before', async () => {
  let asked = 0
  const answer = await eventually('the third answer', () => {
    asked += 1
    if (asked === 1) throw new Error('not yet')
    return asked === 3 && 'here'
  })
  expect(answer).toBe('here')
})

it('says at the deadline what it waited for and what it saw last, even when nothing answers', async () => {
  const no = eventually('two rows', () => false, { deadlineMs: 50 })
  await expect(no).rejects.toThrow('after 50 ms still not so: two rows; the last answer was false')
  const thrown = eventually('two rows', () => expect([1]).toHaveLength(2), { deadlineMs: 50 })
  await expect(thrown).rejects.toThrow(/the last error was: .*to have a length of 2/)
  const silent = eventually('two rows', () => new Promise<boolean>(() => {}), { deadlineMs: 50 })
  await expect(silent).rejects.toThrow('it never answered')
})

it('reports the output, the exit status and the signal of a child', async () => {
  const done = await shell('echo one; echo two >&2; echo three; exit 3').exit
  expect(done).toEqual({
    exitCode: 3,
    signal: null,
    stdout: 'one\nthree\n',
    stderr: 'two\n',
    lines: ['one', 'three'],
  })
  const killed = shell('echo ready; exec sleep 600')
  await killed.waitForOutput(/ready/)
  killed.signal('SIGTERM')
  expect(await killed.exit).toMatchObject({ exitCode: null, signal: 'SIGTERM' })
})

it('gives up waiting for output when the child ends, and shows what there was', async () => {
  const child = shell('echo something else')
  await expect(child.waitForOutput(/ready/)).rejects.toThrow(
    /process ended and has not written \/ready\/, but:\nsomething/,
  )
})

it('gives a child nothing of the environment of the tests', async () => {
  process.env['TASKPROC_LEAK'] = 'leaked'
  const { stdout } = await startChild('env', [], { env: cleanEnv({ MINE: 'yes' }), cwd: tempDir() }).exit
  expect(stdout).toContain('MINE=yes')
  expect(stdout).not.toContain('leaked')
})

it('answers for a program that does not exist', async () => {
  const finished = await startChild('/no/such/program', [], { env: {}, cwd: tempDir() }).exit
  expect(finished).toMatchObject({ exitCode: null, stderr: expect.stringContaining('ENOENT') })
})

const left = { pid: 0, dir: '' }

it('lets a test leave a child and a directory behind', async () => {
  left.dir = tempDir()
  const child = startChild('sh', ['-c', 'sleep 20 & wait'], { env: cleanEnv(), cwd: left.dir })
  left.pid = child.pid
  expect(isAlive(left.pid)).toBe(true)
})

it('ends such a child and removes such a directory', () => {
  expect(left.pid).toBeGreaterThan(0)
  expect(isAlive(left.pid)).toBe(false)
  expect(existsSync(left.dir)).toBe(false)
})

it('runs a command in a terminal of a known size, where Ctrl+C is a SIGINT', async (context) => {
  requireTerminal(context)
  const script = `trap 'echo interrupted; exit 7' INT; test -t 0 && test -t 1 && test -t 2 && stty size; sleep 60 & wait`
  const child = startInTerminal(['sh', '-c', script], { columns: 91, rows: 17 })
  await child.waitForOutput(/17 91/)
  child.write(CTRL_C)
  await child.waitForOutput(/interrupted/)
  expect(await child.exit).toMatchObject({ exitCode: 7 })
})

function shell(script: string) {
  return startChild('sh', ['-c', script], { env: cleanEnv(), cwd: tempDir() })
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
