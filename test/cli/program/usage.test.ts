// Wrong commands, options and settings through the real binary; and what it says when nothing is asked.
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { taskproc } from '../../support/cli.ts'
import { tempDir } from '../../support/end.ts'
import { expectRefusal } from '../refusal.ts'

describe('a usage error', () => {
  it.each([
    ['an unknown command', ['frobnicate'], /^error: unknown command 'frobnicate'$/, /^Run: taskproc --help$/],
    [
      'a misspelt command',
      ['serv'],
      /^error: unknown command 'serv'$/,
      /^Did you mean serve\? Run: taskproc --help$/,
    ],
    ['no command by far', ['bogus'], /^error: unknown command 'bogus'$/, /^Run: taskproc --help$/],
    [
      'another name of several',
      ['queues'],
      /^error: unknown command 'queues'$/,
      /^Did you mean stats or pause or resume\? Run: taskproc --help$/,
    ],
    [
      'an unknown option',
      ['stats', '--frob'],
      /^error: unknown option '--frob'$/,
      /^Run: taskproc stats --help$/,
    ],
    [
      'a misspelt option',
      ['serve', '--worker', '1'],
      /^error: unknown option '--worker'$/,
      /^Did you mean --workers\? /,
    ],
    [
      'a missing value',
      ['seed', '--count'],
      /^error: option '--count <number>' argument missing$/,
      /seed --help$/,
    ],
    ['an extra argument', ['stats', 'now'], /^error: too many arguments for 'stats'/, /stats --help$/],
    ['a group without a command', ['db'], /^error: db: a command is missing$/, /^Run: taskproc db --help$/],
    [
      'an unknown command of a group',
      ['db', 'stat'],
      /^error: unknown command 'stat'$/,
      /^Did you mean .*start/,
    ],
  ])('for %s says what is wrong and what to do', async (_, args, problem, hint) => {
    expectRefusal(await taskproc(args), 2, problem, hint)
  })

  it.each(['0', '-1', 'abc', '1e9'])('refuses --workers %s', async (workers) => {
    const problem = `error: --workers: must be a whole number from 1 to 1000, got "${workers}"`
    const finished = await taskproc(['serve', '--workers', workers])
    expectRefusal(finished, 2, new RegExp(`^${problem}$`), /^Run: taskproc serve --help$/)
  })

  it('refuses FETCH_INTERVAL=soon', async () => {
    const finished = await taskproc(['serve'], { env: { FETCH_INTERVAL: 'soon' } })
    expectRefusal(
      finished,
      2,
      /^error: FETCH_INTERVAL: must be a time .*, got "soon"$/,
      /^Correct it, or unset it/,
    )
  })

  it('names all wrong settings of a command', async () => {
    const env = { FETCH_INTERVAL: 'soon', LOG_LEVEL: 'loud', DATABASE_URL: 'nope' }
    const finished = await taskproc(['serve', '--workers', 'x', '--lease', '1ms'], { env })
    const names = ['DATABASE_URL', 'LOG_LEVEL', '--workers', 'FETCH_INTERVAL', '--lease']
    const problems = names.map((name) => new RegExp(`^error: ${name}: must be `))
    expectRefusal(finished, 2, problems, /^Run: taskproc serve --help$/)
  })

  it.each(['nope', 'http://localhost/db', 'postgres://'])('refuses DATABASE_URL=%s', async (url) => {
    for (const command of ['migrate', 'seed', 'serve', 'stats']) {
      const finished = await taskproc([command], { env: { DATABASE_URL: url } })
      expectRefusal(finished, 2, /^error: DATABASE_URL: must be a URL such as postgres:/, /unset it/)
    }
  })

  it('refuses seeds beyond all bounds', async () => {
    const finished = await taskproc(['seed', '--count', '1000001', '--max-attempts', '0', '--kind', ''])
    const problems = ['--count', '--kind', '--max-attempts'].map(
      (name) => new RegExp(`^error: ${name}: must be `),
    )
    expectRefusal(finished, 2, problems, /^Run: taskproc seed --help$/)
  })

  it('begins nothing: no embedded server is made for it', async () => {
    const cwd = tempDir()
    await taskproc(['serve', '--workers', '0'], { cwd })
    expect(await readdir(cwd)).toEqual([])
  })
})

it('shows the help when nothing is asked, with every command, examples and the exit statuses', async () => {
  const finished = await taskproc([])
  expect(finished).toMatchObject({ exitCode: 0, stderr: '' })
  for (const word of ['migrate', 'seed', 'serve', 'stats', 'db', 'Examples:', 'Exit status:', 'DATABASE_URL'])
    expect(finished.stdout).toContain(word)
  expect((await taskproc(['--help'])).stdout).toBe(finished.stdout)
  expect((await taskproc(['help', 'serve'])).stdout).toMatch(
    /--workers <number>.*default: 5, env:\s+WORKER_COUNT/s,
  )
})

it('says its version', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'))
  expect(await taskproc(['--version'])).toMatchObject({ exitCode: 0, stdout: `${version}\n`, stderr: '' })
})
