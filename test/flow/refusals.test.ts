// What serve refuses, with two lines and a status, before it has touched anything.
import { cp, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startChild } from '../support/child.ts'
import { BINARY, cleanEnv, taskproc } from '../support/cli.ts'
import { testDatabase, withDatabase } from '../support/database.ts'
import { tempDir } from '../support/end.ts'

const { url, pool } = await testDatabase()
const empty = await testDatabase({ migrated: false })

it('says that the database cannot be reached, and what to check', async () => {
  // Port 9 (discard) answers nobody.
  const finished = await taskproc(['serve'], {
    env: { DATABASE_URL: 'postgresql://me:secret@127.0.0.1:9/x' },
  })
  expect(finished).toMatchObject({ exitCode: 1, stdout: '' })
  expectTwoLines(finished.stderr, /cannot use the database .*ECONNREFUSED/, /Check that PostgreSQL runs/)
  expect(finished.stderr).not.toContain('secret')
})

it('says that the database does not exist', async () => {
  const { exitCode, stderr } = await taskproc(['serve'], {
    env: { DATABASE_URL: withDatabase(url, 'no_such_database') },
  })
  expect(exitCode).toBe(1)
  expectTwoLines(stderr, /no_such_database.*does not exist/, /createdb/)
})

it('says that the schema is missing, and runs nothing', async () => {
  const { exitCode, stderr } = await taskproc(['serve'], { env: { DATABASE_URL: empty.url } })
  expect(exitCode).toBe(1)
  expectTwoLines(stderr, /no taskproc schema/, /taskproc migrate/)
})

it('says that the schema is older than the program', async () => {
  const binary = await newerProgram()
  const { exitCode, stderr } = await startChild(binary, ['serve'], {
    env: cleanEnv({ DATABASE_URL: url }),
    cwd: tempDir(),
  }).exit
  expect(exitCode).toBe(1)
  expectTwoLines(stderr, /older than this program.*9999_later/, /taskproc migrate/)
})

it('says that the schema is newer than the program', async () => {
  await pool.query(`insert into taskproc.migrations (name, run_on) values ('9999_later', now())`)
  for (const command of ['serve', 'seed', 'stats', 'migrate']) {
    const { exitCode, stderr } = await taskproc([command], { env: { DATABASE_URL: url } })
    expect(exitCode, command).toBe(1)
    expectTwoLines(stderr, /newer than this program.*9999_later/, /[Uu]pdate taskproc/)
  }
  const { rows } = await pool.query('select count(*) as n from taskproc.processes')
  expect(rows).toEqual([{ n: 0 }])
})

/** The program with one migration more. */
async function newerProgram(): Promise<string> {
  const root = join(BINARY, '../..')
  const copy = tempDir()
  for (const part of ['bin', 'dist', 'migrations', 'package.json'])
    await cp(join(root, part), join(copy, part), { recursive: true })
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  await writeFile(join(copy, 'migrations/9999_later.sql'), 'select 1;')
  return join(copy, 'bin/taskproc')
}

/** Log lines apart, it is two lines: what is wrong, and what to do. */
function expectTwoLines(stderr: string, problem: RegExp, hint: RegExp): void {
  const lines = stderr.split('\n').filter((line) => line && !line.startsWith('{'))
  expect(lines).toEqual([expect.stringMatching(problem), expect.stringMatching(hint)])
}
