// What is wrong, in words: one test for each of them, and none where all is well.
import { describe, expect, it } from 'vitest'
import { findingsOf } from '../../../src/cli/watch/findings.ts'
import type { Overview, WatchState } from '../../../src/cli/watch/state.ts'
import { NOW_MS, overview, process, queue, state, stats } from './fixtures.ts'

const well: Overview = {
  ...overview(),
  snapshot: null,
  stats: stats({ queues: [queue({ pending: 5 })], processes: [process()] }),
  backlog: [{ queue: 'default', kind: 'mails', is_due: true, delayed: 0, is_more: false }],
}

function texts(value: Partial<Overview>, changes: Partial<WatchState> = {}): string[] {
  const reading = { value: { ...well, ...value }, atMs: NOW_MS, clock: '' }
  return findingsOf(state({ overview: reading, ...changes })).map(({ text }) => text)
}

it('finds nothing where all is well', () => {
  expect(texts({})).toEqual([])
})

describe('a process', () => {
  const withProcess = (changes: Parameters<typeof process>[0]) =>
    texts({ stats: stats({ queues: [], processes: [process(changes)] }), backlog: [] })

  it('is silent when it missed two beats', () => {
    expect(withProcess({ last_beat_seconds: 9.9 })).toEqual([])
    expect(withProcess({ last_beat_seconds: 10, running: 3 })).toEqual([
      'process web-1 is silent for 10 s: its 3 tasks will be given to others at 15 s',
    ])
    expect(withProcess({ last_beat_seconds: 15, running: 1 })).toEqual([
      'process web-1 is silent for 15 s: its 1 task will run again in another',
    ])
    expect(withProcess({ last_beat_seconds: 200 })).toEqual([
      'process web-1 is silent for 3 min 20 s: it held no task',
    ])
  })

  it('is not silent when it has ended', () => {
    expect(withProcess({ last_beat_seconds: 200, state: 'lost' })).toEqual([])
  })
})

describe('due work', () => {
  const due = (queueName: string, kind: string, is_due = true) => ({
    queue: queueName,
    kind,
    is_due,
    delayed: 0,
    is_more: false,
  })

  it('without a process', () => {
    const none = stats({ queues: [queue({ pending: 5 })], processes: [process({ state: 'draining' })] })
    expect(texts({ stats: none })).toEqual(['tasks are due and no process is running: taskproc serve'])
    expect(texts({ stats: none, backlog: [due('default', 'mails', false)] })).toEqual([])
  })

  it('of a queue that nobody serves', () => {
    const processes = [process({ queues: ['other'] })]
    expect(texts({ stats: stats({ queues: [queue({ pending: 5 })], processes }) })).toEqual([
      'tasks of queue default are due and no process serves it',
    ])
  })

  it('of kinds that nobody has', () => {
    const kinds = ['mails', 'a', 'b', 'c', 'd']
    expect(texts({ backlog: kinds.map((kind) => due('default', kind)) })).toEqual([
      'tasks are due and no process of their queue has a handler for a, b, c and 1 more',
    ])
    expect(texts({ backlog: [due('default', 'a', false)] })).toEqual([])
  })

  it('of a paused queue', () => {
    const paused = stats({ queues: [queue({ pending: 1, paused: true })], processes: [process()] })
    expect(texts({ stats: paused, backlog: [due('default', 'unknown')] })).toEqual([
      'queue default is paused and 1 task waits in it',
    ])
    expect(
      texts({ stats: stats({ queues: [queue({ paused: true })], processes: [] }), backlog: [] }),
    ).toEqual([])
  })
})

describe('a snapshot', () => {
  const held = {
    holder: 'session' as const,
    state_seconds: null,
    application: 'psql',
    user: 'ada',
    state: 'idle in transaction',
    transactions: 9,
    query: null,
  }
  it.each([
    [{ ...held, pid: 7, age_seconds: 59 }, []],
    [
      { ...held, pid: 7, age_seconds: 61 },
      ['old snapshot: session 7 (psql), 1 min 1 s, idle in transaction'],
    ],
    [
      { ...held, pid: 7, application: '', age_seconds: 61 },
      ['old snapshot: session 7, 1 min 1 s, idle in transaction'],
    ],
    [
      { ...held, pid: null, application: 'gid', state: 'prepared transaction', age_seconds: 7_200 },
      ['old snapshot: prepared transaction (gid), 2 h'],
    ],
    [{ ...held, pid: null, state: 'replication slot', age_seconds: null }, []],
  ])('%j', (snapshot, found) => {
    expect(texts({ snapshot })).toEqual(found)
  })
})

it('says first that the database is away, and then nothing about beats', () => {
  const silent = stats({ queues: [], processes: [process({ last_beat_seconds: 60 })] })
  const trouble = { sinceMs: NOW_MS - 5_000, isAway: true, reason: 'connect ECONNREFUSED' }
  expect(texts({ stats: silent }, { trouble })).toEqual(['database away since 5 s: connect ECONNREFUSED'])
  const error = { sinceMs: NOW_MS, isAway: false, reason: 'permission denied' }
  expect(texts({}, { trouble: error, overview: null })).toEqual([
    'the database answers with an error since 0 s: permission denied',
  ])
})
