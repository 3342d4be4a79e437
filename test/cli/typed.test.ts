// What people are told to type can be typed where they are: bare, behind npx, or by a path.
import { copyFileSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { createProgram } from '../../src/cli/program/program.ts'
import { COMMANDS, programName, typed } from '../../src/cli/typed.ts'
import { startChild } from '../support/child.ts'
import { BINARY, cleanEnv, taskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { tempDir } from '../support/end.ts'

const { url, pool } = await testDatabase()

/** A project with a link to the program, as npm makes it, and a PATH on which there is none. */
function project(): { cwd: string; env: Record<string, string> } {
  const cwd = realpathSync(tempDir())
  mkdirSync(join(cwd, 'node_modules/.bin'), { recursive: true })
  symlinkSync(BINARY, join(cwd, 'node_modules/.bin/taskproc'))
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter)
  return { cwd, env: cleanEnv({ PATH: path, DATABASE_URL: url }) }
}

it('knows every command', () => {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
  const program = createProgram({ env: {}, cwd: '/', ...streams }, () => {})
  const shown = program.createHelp().visibleCommands(program)
  expect([...COMMANDS].sort()).toEqual(shown.map((command) => command.name()).sort())
})

it('changes commands, and no other sentence', () => {
  const started = { program: '/opt/x/taskproc', env: {}, cwd: '/opt' }
  expect(typed('psql "$(taskproc db url)"', started)).toBe('psql "$(x/taskproc db url)"')
  expect(typed('Such as: taskproc retry 7, or taskproc --help', started)).toBe(
    'Such as: x/taskproc retry 7, or x/taskproc --help',
  )
  for (const text of ['Update taskproc to the next', 'it has no taskproc schema', 'bin/taskproc serve'])
    expect(typed(text, started)).toBe(text)
})

it('is bare where the first of that name on PATH is this program, and nowhere else', () => {
  const [mine, other] = [tempDir(), tempDir()]
  symlinkSync(BINARY, join(mine, 'taskproc'))
  copyFileSync(BINARY, join(other, 'taskproc'))
  // From there no relative path is the shorter one.
  const cwd = '/a/very/deep/place/far/away/from/any/clone'
  const named = (...path: string[]) =>
    programName({ program: BINARY, env: { PATH: path.join(delimiter) }, cwd })
  expect(named(mine, other)).toBe('taskproc')
  expect(named(other, mine)).toBe(BINARY)
  expect(named()).toBe(BINARY)
})

it('is the shorter path, as a word of a shell', () => {
  const named = (program: string, cwd: string) => programName({ program, env: {}, cwd })
  expect(named('/shop/bin/taskproc', '/shop')).toBe('bin/taskproc')
  expect(named('/shop/bin/taskproc', '/shop/src')).toBe('../bin/taskproc')
  expect(named('/shop/taskproc', '/shop')).toBe('./taskproc')
  expect(named('/a/taskproc', '/very/deep/down')).toBe('/a/taskproc')
  expect(named('/my shop/bin/taskproc', '/my shop/bin/src')).toBe('../taskproc')
  expect(named('/my shop/taskproc', '/')).toBe(`'my shop/taskproc'`)
})

it.each([
  ['node_modules/.bin/taskproc', {}],
  ['npx taskproc', { npm_command: 'exec', npm_lifecycle_event: 'npx' }],
  ['npx taskproc', { npm_command: 'run-script', npm_lifecycle_event: 'work' }],
])('says %s in errors, in next and in fix, and not in documents', async (name, npm) => {
  const { cwd, env } = project()
  const run = (...args: string[]) =>
    startChild(join(cwd, 'node_modules/.bin/taskproc'), args, { cwd, env: { ...env, ...npm } }).exit
  await pool.query('delete from taskproc.tasks')
  await pool.query(`insert into taskproc.tasks (kind) values ('reverse')`)
  const id = String((await pool.query('select id from taskproc.tasks')).rows[0].id)
  expect((await run('stats', '--frob')).stderr).toContain(`\nRun: ${name} stats --help\n`)
  expect((await run('show', '999999')).stderr).toContain(`\nLook at what there is: ${name} list\n`)
  expect((await run('why', id)).stdout).toContain(`\nnext: ${name} serve\n`)
  expect((await run('doctor')).stdout).toContain(`\n  fix: ${name} serve\n`)
  expect((await run('show', id)).stdout).toContain(`not claimed yet: ${name} why ${id}\n`)
  expect(JSON.parse((await run('why', id, '--json')).stdout)).toMatchObject({ next: 'taskproc serve' })
})

it('is bare in all of it where the program is on PATH', async () => {
  expect((await taskproc(['stats', '--frob'])).stderr).toContain('\nRun: taskproc stats --help\n')
})
