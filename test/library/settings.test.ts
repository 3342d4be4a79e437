// The options of an engine in a program: the defaults and bounds of `taskproc serve`, in milliseconds.
import { expect, it } from 'vitest'
import { ExpectedError } from '../../src/errors.ts'
import { readEngineSettings } from '../../src/library/settings.ts'

const databaseUrl = 'postgresql://localhost/x'
const handlers = { mail() {} }

it('has the defaults of serve', () => {
  const { registry, name, ...settings } = readEngineSettings({ databaseUrl, handlers })
  expect([...registry.keys()]).toEqual(['mail'])
  expect(name).toMatch(/-\d+-[0-9a-f]{6}$/)
  expect(settings).toEqual({
    databaseUrl,
    listenUrl: databaseUrl,
    queues: null,
    workers: 5,
    fetchLimit: 10,
    fetchIntervalMs: 5_000,
    drainTimeoutMs: 30_000,
    leaseMs: 15_000,
    blockedLimitMs: 300_000,
    crashLimit: 3,
    untilEmpty: false,
  })
})

it('takes every option, durations as milliseconds or texts', () => {
  const options = {
    databaseUrl,
    handlers,
    listenDatabaseUrl: 'postgresql://direct/x',
    queues: ['mails'],
    workers: 50,
    fetchLimit: 100,
    fetchInterval: 250,
    drainTimeout: 0,
    lease: '2s',
    blockedLimit: '1m',
    crashLimit: 5,
    name: 'mailer',
    untilEmpty: true,
  }
  expect(readEngineSettings(options)).toMatchObject({
    listenUrl: 'postgresql://direct/x',
    queues: ['mails'],
    workers: 50,
    fetchLimit: 100,
    fetchIntervalMs: 250,
    drainTimeoutMs: 0,
    leaseMs: 2_000,
    blockedLimitMs: 60_000,
    crashLimit: 5,
    name: 'mailer',
    untilEmpty: true,
  })
})

it.each([
  [{ workers: 0 }, /^workers: must be a whole number from 1 to 1000, got 0$/],
  [{ workers: '5' as never, fetchLimit: 1.5 }, /^fetchLimit: must be a whole number/],
  [{ lease: 5 }, /^lease: must be a time from 1s to 1h.*, got 5$/],
  [{ drainTimeout: '5' }, /^drainTimeout: must be a time.*, got '5'$/],
  [{ queues: [''] }, /^queues: must be a name/],
  [{ name: 'x'.repeat(200) }, /^name: must be a name of 1 to 128/],
  [{ databaseUrl: 'mysql://x' }, /^databaseUrl: must be a URL/],
  [{ databaseUrl: undefined as never }, /^databaseUrl is missing$/],
  [{ worker: 3 } as never, /^worker is no option; there are databaseUrl,/],
  [{ handlers: { mail: 7 as never } }, /the handler of "mail"/],
  [{ workers: -1, crashLimit: 1 }, /^workers: .*\ncrashLimit: /],
])('refuses %j', (changes, problem) => {
  const read = () => readEngineSettings({ databaseUrl, handlers, ...(changes as object) })
  expect(read).toThrow(ExpectedError)
  expect(read).toThrow(problem)
})
