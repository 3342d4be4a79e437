// Where settings come from, what they may be, and that every problem is named at once.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readConfig, withNoColor } from '../../src/cli/config.ts'
import { SERVE } from '../../src/cli/settings/serve-settings.ts'
import { COMMON } from '../../src/cli/settings.ts'
import { EXIT, ExpectedError } from '../../src/errors.ts'
import { tempDir } from '../support/end.ts'

const NOWHERE = tempDir()

function read(flags: Record<string, unknown>, env: Record<string, string> = {}, cwd = NOWHERE) {
  return readConfig('serve', [...COMMON, ...SERVE], flags, { env, cwd })
}

function problems(flags: Record<string, unknown>, env: Record<string, string> = {}, cwd = NOWHERE): string[] {
  try {
    read(flags, env, cwd)
  } catch (thrown) {
    if (!(thrown instanceof ExpectedError)) throw thrown
    expect(thrown.exitStatus).toBe(EXIT.usage)
    return thrown.message.split('\n')
  }
  return []
}

it('has the defaults of the design when nothing is said', () => {
  expect(read({})).toMatchObject({
    databaseUrl: undefined,
    home: '.taskproc',
    logLevel: 'info',
    workers: 5,
    fetchIntervalMs: 5000,
    fetchLimit: 10,
    queues: undefined,
    drainTimeoutMs: 30_000,
    leaseMs: 15_000,
    untilEmpty: false,
  })
})

it('takes the flag before the environment, the environment before .env, and .env before the default', () => {
  const cwd = tempDir()
  writeFileSync(join(cwd, '.env'), 'WORKER_COUNT=7\nFETCH_LIMIT=8\nFETCH_INTERVAL=9\n')
  const config = read({ workers: '1' }, { WORKER_COUNT: '2', FETCH_LIMIT: '3' }, cwd)
  expect(config).toMatchObject({ workers: 1, fetchLimit: 3, fetchIntervalMs: 9000, leaseMs: 15_000 })
})

it('leaves the real environment alone, which wins for NO_COLOR too', () => {
  const cwd = tempDir()
  writeFileSync(join(cwd, '.env'), 'NO_COLOR=file\nTASKPROC_ONLY_IN_FILE=1\n')
  expect(withNoColor({ cwd, env: { PATH: '/bin' } })).toEqual({ PATH: '/bin', NO_COLOR: 'file' })
  expect(withNoColor({ cwd, env: { NO_COLOR: 'real' } })).toEqual({ NO_COLOR: 'real' })
  expect(process.env['TASKPROC_ONLY_IN_FILE']).toBeUndefined()
})

it('reads no .env where there is a directory of that name', () => {
  const cwd = tempDir()
  mkdirSync(join(cwd, '.env'))
  expect(read({}, {}, cwd).workers).toBe(5)
})

it('takes an empty variable for an unset one, and an empty flag for a mistake', () => {
  expect(read({}, { WORKER_COUNT: '', DATABASE_URL: '' })).toMatchObject({
    workers: 5,
    databaseUrl: undefined,
  })
  expect(problems({ workers: '' })).toEqual(['--workers: must be a whole number from 1 to 1000, got ""'])
})

it('names every problem at once, and where each was written', () => {
  const cwd = tempDir()
  writeFileSync(join(cwd, '.env'), 'LEASE=never\n')
  const found = problems({ workers: 'abc' }, { FETCH_INTERVAL: 'soon', LOG_LEVEL: 'loud' }, cwd)
  expect(found.sort()).toEqual([
    '--workers: must be a whole number from 1 to 1000, got "abc"',
    expect.stringMatching(/^FETCH_INTERVAL: must be a time from .*, got "soon"$/),
    expect.stringMatching(/^LEASE in \.env: must be a time from .*, got "never"$/),
    expect.stringMatching(/^LOG_LEVEL: must be one of .*, got "loud"$/),
  ])
})

describe('a whole number', () => {
  it.each(['0', '-1', 'abc', '1e9', '1e2', '0x10', '5.0', '1001', '99999999999999999999', '5 5', '٥'])(
    'is not %s',
    (workers) => {
      expect(problems({ workers })).toHaveLength(1)
    },
  )

  it('is any in its bounds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (n) => read({ workers: String(n) }).workers === n),
    )
  })
})

describe('a duration', () => {
  it.each([
    ['5', 5000],
    ['0.5', 500],
    ['500ms', 500],
    ['5s', 5000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
  ])('%s is %i ms', (fetchInterval, ms) => {
    expect(read({ fetchInterval }).fetchIntervalMs).toBe(ms)
  })

  it.each(['soon', '', '-5s', '5 s', '1e3', '0', '9ms', '25h', '2d', '5sec', 'ms', 'Infinity'])(
    'is not %j',
    (fetchInterval) => {
      expect(problems({ fetchInterval })).toHaveLength(1)
    },
  )

  it('is the same in every unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3600 }), (seconds) => {
        const inSeconds = read({ fetchInterval: `${seconds}s` }).fetchIntervalMs
        return read({ fetchInterval: `${seconds * 1000}ms` }).fetchIntervalMs === inSeconds
      }),
    )
  })
})

describe('a database URL', () => {
  it.each([
    'postgres://user:password@host:5432/database',
    'postgresql://localhost/db',
    'postgresql://user@/db?host=/var/run/postgresql',
    'postgres:///db',
    'postgres://%2Fvar%2Frun%2Fpostgresql/db',
    'postgres://u:p%40ss@[::1]:5432/db?sslmode=require',
  ])('is %s', (url) => {
    expect(read({}, { DATABASE_URL: url }).databaseUrl).toBe(url)
  })

  it.each([
    'nope',
    'localhost:5432',
    'mysql://host/db',
    'postgres://',
    'postgres://h:port/db',
    'postgres://u%zz@h/db',
  ])('is not %s', (url) => {
    expect(problems({}, { DATABASE_URL: url })).toHaveLength(1)
  })

  it('is never shown where it may hold a password', () => {
    const [problem] = problems({}, { DATABASE_URL: 'postgres://me:hush#hush@bad host/db' })
    expect(problem).toMatch(/^DATABASE_URL: must be a URL/)
    expect(problem).not.toContain('hush')
  })
})

it('takes queues from repeated flags, or separated by commas from the variable', () => {
  expect(read({ queue: ['mails', 'a,b'] }).queues).toEqual(['mails', 'a,b'])
  expect(read({}, { QUEUES: 'mails, images' }).queues).toEqual(['mails', 'images'])
  expect(problems({ queue: ['ok', ''] })).toHaveLength(1)
  expect(problems({ queue: ['a\u0000b'] })).toHaveLength(1)
})
