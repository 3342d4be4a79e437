// taskproc schedule and taskproc pause: what they store and print, and what they refuse.
import { beforeEach, describe, expect, it } from 'vitest'
import { BINARY, taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'
import { requireTerminal, startInTerminal } from '../../support/pty.ts'
import { expectRefusal } from '../refusal.ts'

const { url, pool } = await testDatabase()
const env = { DATABASE_URL: url }
const schedule = (...args: string[]) => taskproc(['schedule', ...args], { env })

beforeEach(() => pool.query('delete from taskproc.schedules; delete from taskproc.queues'))

describe('schedule', () => {
  it('lists on a narrow screen what comes next, and leaves out what matters less', async (context) => {
    requireTerminal(context)
    await schedule('add', 'a-nightly-report-for-everybody', '0 3 * * *', 'reports')
    const listing = startInTerminal([BINARY, 'schedule', 'list'], {
      env: { ...env, NO_COLOR: '1' },
      columns: 40,
    })
    await listing.exit
    expect(listing.output().trimEnd().split('\r\n')).toEqual([
      expect.stringMatching(/^name +next$/),
      expect.stringMatching(/^a-nightly-re\S*… +\d{4}-.*Z$/),
    ])
  })

  it('adds, lists and removes', async () => {
    const flags = [
      '--timezone',
      'Europe/Berlin',
      '--queue',
      'reports',
      '--priority',
      '7',
      '--max-attempts',
      '1',
    ]
    const added = await schedule('add', 'nightly', '0 3 * * *', 'report', '{"pages": 2}', ...flags)
    expect(added).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^schedule nightly: next at \d.*:00:00Z\n$/),
    })
    const listed = await schedule('list', '--json')
    expect(JSON.parse(listed.stdout)).toEqual({
      items: [
        {
          ...{
            name: 'nightly',
            cron: '0 3 * * *',
            timezone: 'Europe/Berlin',
            kind: 'report',
            payload: { pages: 2 },
          },
          ...{ queue: 'reports', priority: 7, max_attempts: 1, last_at: null },
          next_at: expect.stringMatching(/T0[12]:00:00Z$/),
          created_at: expect.any(String),
        },
      ],
    })
    expect((await schedule('list')).lines).toEqual([
      expect.stringMatching(/^name +cron +timezone +kind +queue +next +last$/),
      expect.stringMatching(/^nightly +0 3 \* \* \* +Europe\/Berlin +report +reports +\d.*Z +-$/),
    ])
    expect(await schedule('remove', 'nightly')).toMatchObject({ exitCode: 0 })
    expect((await schedule('list')).stdout).toBe('there is no schedule\n')
  })

  it('replaces the one of the same name', async () => {
    await schedule('add', 'a', '0 3 * * *', 'report', '1')
    const replaced = await schedule('add', 'a', '*/10 * * * * *', 'other', '--json')
    expect(JSON.parse(replaced.stdout)).toMatchObject({
      name: 'a',
      cron: '*/10 * * * * *',
      kind: 'other',
      payload: null,
    })
    expect(JSON.parse((await schedule('list', '--json')).stdout).items).toEqual([JSON.parse(replaced.stdout)])
  })

  it.each([
    [
      'a field out of its range',
      ['a', '61 * * * *', 'k'],
      /^error: CRON: Invalid value for minute: 61, got "61 \* \* \* \*"$/,
    ],
    [
      'a line that is none',
      ['a', 'every morning', 'k'],
      /^error: CRON: must have 5 fields .*, got "every morning"$/,
    ],
    ['a day that there is not', ['a', '0 0 30 2 *', 'k'], /^error: CRON: is a day that no calendar has/],
    [
      'a year that is over',
      ['a', '0 0 0 1 1 * 2020', 'k'],
      /^error: CRON: has no time that is still to come$/,
    ],
    ['a single date', ['a', '2030-01-01T00:00:00', 'k'], /^error: CRON: must have 5 fields/],
    [
      'an unknown time zone',
      ['a', '* * * * *', 'k', '--timezone', 'Mars/Phobos'],
      /^error: --timezone: .*, got "Mars\/Phobos"$/,
    ],
    [
      'an offset for a time zone',
      ['a', '* * * * *', 'k', '--timezone', '+02:00'],
      /^error: --timezone: must be the name/,
    ],
    ['an empty name', ['', '* * * * *', 'k'], /^error: NAME: must be a name/],
    ['a missing argument', ['a', '* * * * *'], /^error: missing required argument 'kind'$/],
  ])('refuses %s in two lines', async (_, args, problem) => {
    expectRefusal(await schedule('add', ...args), 2, problem, /^Run: taskproc schedule( add)? --help$/)
    expect((await pool.query('select from taskproc.schedules')).rows).toEqual([])
  })

  it('refuses a payload that is no JSON, and says how to write one', async () => {
    expectRefusal(
      await schedule('add', 'a', '* * * * *', 'k', 'hello'),
      2,
      /^error: PAYLOAD: is no JSON/,
      /^A payload is JSON/,
    )
  })

  it('names everything that is wrong at once', async () => {
    const finished = await schedule(
      'add',
      '',
      'x',
      '',
      '{',
      '--timezone',
      'x',
      '--queue',
      '',
      '--priority',
      'x',
      '--max-attempts',
      '0',
    )
    const names = ['NAME', 'CRON', '--timezone', 'PAYLOAD', 'KIND', '--queue', '--priority', '--max-attempts']
    expectRefusal(
      finished,
      2,
      names.map((name) => new RegExp(`^error: ${name}: `)),
      /schedule add --help$/,
    )
  })

  it('says that there is nothing to remove', async () => {
    expectRefusal(
      await schedule('remove', 'nope'),
      1,
      /^error: there is no schedule "nope"$/,
      /taskproc schedule list$/,
    )
  })
})

describe('pause and resume', () => {
  const run = async (...args: string[]) => (await taskproc(args, { env })).stdout

  it('say what is paused afterwards', async () => {
    expect(await run('pause', '--queue', 'b')).toBe('paused: b\n')
    expect(await run('pause', '--queue', 'a')).toBe('paused: a, b\n')
    expect(await run('resume', '--queue', 'b')).toBe('paused: a\n')
    expect(await run('pause')).toBe('paused: every queue\n')
    expect(await run('resume', '--queue', 'b')).toBe('paused: every queue except b\n')
    expect(JSON.parse(await run('pause', '--queue', 'c', '--json'))).toEqual({
      items: [
        { queue: null, paused_at: expect.stringMatching(/^\d.*Z$/) },
        { queue: 'b', paused_at: null },
        { queue: 'c', paused_at: expect.any(String) },
      ],
    })
    expect(await run('resume')).toBe('no queue is paused\n')
    expect(JSON.parse(await run('resume', '--json'))).toEqual({ items: [] })
  })

  it('say so of a queue that was not paused', async () => {
    await run('pause', '--queue', 'mails')
    const resumed = await taskproc(['resume', '--queue', 'mail'], { env })
    expect(resumed).toMatchObject({
      ...{
        exitCode: 0,
        stdout: 'paused: mails\n',
        stderr: 'queue mail was not paused (did you mean mails?)\n',
      },
    })
    await run('pause')
    for (const stderr of ['', 'queue mail was not paused\n'])
      expect((await taskproc(['resume', '--queue', 'mail'], { env })).stderr).toBe(stderr)
    await run('resume')
  })

  it.each(['pause', 'resume'])('%s refuses a name that no queue can have', async (verb) => {
    for (const name of ['', 'q'.repeat(300)]) {
      const finished = await taskproc([verb, '--queue', name], { env })
      expectRefusal(
        finished,
        2,
        /^error: --queue: must be a name/,
        new RegExp(`^Run: taskproc ${verb} --help$`),
      )
    }
  })
})
