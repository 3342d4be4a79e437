// What is read in the log of a process: a sentence for people, and fields for programs.
import { describe, expect, it } from 'vitest'
import { noTotals } from '../../src/task/totals.ts'
import { claim, observed } from './fixtures.ts'

describe('a run', () => {
  it('is told from claim to result, with its worker', async () => {
    const { emit, lines, messages } = await observed()
    const one = claim(7)
    emit('claim.taken', { claims: [one, claim(8)], tookMs: 2.6 })
    emit('run.started', { claim: one, worker: 2, waitedMs: 0 })
    emit('run.finished', {
      claim: one,
      worker: 2,
      tookMs: 2310,
      outcome: { type: 'done', result: '"olleh"' },
    })
    emit('settle.written', { claim: one, settlement: { verb: 'complete', result: '"olleh"' } })
    expect(messages()).toEqual([
      'claimed 2 tasks in 3 ms: #7 #8',
      'worker 2  reverse #7 started',
      '#7 done in 2.3 s -> "olleh"',
    ])
    expect(lines()[2]).toMatchObject({
      level: 'info',
      event: 'settle.written',
      verb: 'complete',
      task: 7,
      kind: 'reverse',
      queue: 'default',
      attempt: 1,
      worker: 2,
      took_ms: 2310,
    })
  })

  it.each([
    ['fail', 'error', '#9 failed after 12 ms: no such file (attempt 1 of 3, gives up)'],
    ['retry', 'warn', '#9 failed after 12 ms: no such file (attempt 1 of 3, again in 2.0 s)'],
  ] as const)('that ends in %s is told at the level %s, with what comes next', async (verb, level, msg) => {
    const { emit, lines } = await observed()
    const one = claim(9, { maxAttempts: 3 })
    const error = 'no such\nfile'
    emit('run.finished', {
      claim: one,
      worker: 1,
      tookMs: 12,
      outcome: { type: 'failed', error, permanent: false },
    })
    emit('settle.written', { claim: one, settlement: { verb, error, delayMs: 2000 } })
    expect(lines()).toMatchObject([{ level, verb, msg }])
  })

  it('says which attempt it is when it is not the first', async () => {
    const { emit, messages } = await observed()
    emit('run.started', { claim: claim(1, { attempt: 2, maxAttempts: 3 }), worker: 1, waitedMs: 0 })
    expect(messages()).toEqual(['worker 1  reverse #1 started (attempt 2 of 3)'])
  })

  it('is told only when its outcome is written, and as lost when it was refused', async () => {
    const { emit, messages } = await observed()
    const one = claim(3)
    emit('run.finished', { claim: one, worker: 1, tookMs: 1, outcome: { type: 'done', result: null } })
    expect(messages()).toEqual([])
    emit('settle.lost', { claim: one, settlement: { verb: 'complete', result: null } })
    expect(messages()).toEqual([expect.stringMatching(/^#3 is no longer held by this process.*refused$/)])
  })

  it('shows results and errors in one bounded line without control characters', async () => {
    const { emit, lines } = await observed()
    const wild = `first\n\u001b]0;title\u0007${'x'.repeat(100_000)}`
    emit('settle.written', { claim: claim(1), settlement: { verb: 'complete', result: wild } })
    emit('settle.written', { claim: claim(2), settlement: { verb: 'fail', error: wild } })
    for (const { msg } of lines()) {
      expect(msg).toMatch(/first \uFFFD\]0;title\uFFFDx+…/)
      expect(msg.length).toBeLessThan(500)
      expect(JSON.stringify(lines()).length).toBeLessThan(2000)
    }
  })
})

describe('what was given back', () => {
  it('is told when it had run, and left to the line of the drain when it had not', async () => {
    const { emit, messages } = await observed()
    const ran = claim(1)
    emit('run.finished', { claim: ran, worker: 4, tookMs: 900, outcome: { type: 'interrupted' } })
    for (const each of [ran, claim(2)])
      emit('settle.written', { claim: each, settlement: { verb: 'release' } })
    emit('drain.started', { running: 1, waiting: 1, timeoutMs: 30_000 })
    expect(messages()).toEqual([
      '#1 given back after 900 ms, the attempt is not counted',
      'no new tasks are taken: 1 running, 1 waiting given back',
    ])
  })
})

it('sums up when the process stops', async () => {
  const { emit, lines } = await observed()
  const totals = { ...noTotals(), claimed: 20, done: 18, failed: 2 }
  emit('process.stopped', { name: 'p', totals, ranMs: 12_300 })
  expect(lines()).toMatchObject([
    { msg: '18 done, 2 error, 0 released in 12 s (1.6 tasks/s)', process: 'p', done: 18, ran_ms: 12_300 },
  ])
})

it('says what was pruned, and of what beside tasks', async () => {
  const { emit, lines } = await observed()
  emit('prune.done', { tasks: 1200, processes: 0, logs: 0 })
  emit('prune.done', { tasks: 0, processes: 1, logs: 3 })
  expect(lines()).toMatchObject([
    { msg: 'pruned 1,200 tasks', event: 'prune.done', tasks: 1200 },
    { msg: 'pruned 0 tasks, 1 row of processes that ended, 3 log lines of tasks that are gone' },
  ])
})

it('is silent at info about polls that found nothing', async () => {
  const { emit, messages } = await observed()
  emit('fetch.idle', { waitMs: 5000 })
  emit('claim.taken', { claims: [], tookMs: 1 })
  expect(messages()).toEqual([])
  const debug = await observed({ level: 'debug' })
  debug.emit('fetch.idle', { waitMs: 5000 })
  expect(debug.messages()).toEqual(['nothing to claim, next look within 5.0 s'])
})

describe('under load', () => {
  it('shows some runs and counts the others, and shows failures beside them', async () => {
    const { emit, lines, messages } = await observed({ linesPerSecond: 10 })
    for (let id = 1; id <= 1000; id++) {
      emit('run.started', { claim: claim(id), worker: 1, waitedMs: 0 })
      emit('settle.written', { claim: claim(id), settlement: { verb: 'complete', result: null } })
    }
    emit('settle.written', { claim: claim(0), settlement: { verb: 'fail', error: 'seldom' } })
    emit('process.stopped', { name: 'p', totals: noTotals(), ranMs: 1 })
    expect(lines().filter(({ event }) => event === 'run.started')).toHaveLength(5)
    expect(messages()).toContain('#0 failed: seldom (attempt 1 of 1, gives up)')
    expect(lines().find(({ event }) => event === 'tasks.counted')).toMatchObject({ started: 995, done: 995 })
    expect(messages()).toContain('and in the last second: 995 started, 995 done (LOG_LEVEL=debug shows each)')
  })

  it('shows every one at debug', async () => {
    const { emit, lines } = await observed({ level: 'debug', linesPerSecond: 10 })
    for (let id = 1; id <= 500; id++) emit('run.started', { claim: claim(id), worker: 1, waitedMs: 0 })
    expect(lines()).toHaveLength(500)
  })

  it('writes nothing, and counts nothing, where the level is off', async () => {
    const { emit, lines } = await observed({ level: 'error', linesPerSecond: 1 })
    for (let id = 1; id <= 500; id++) {
      emit('run.started', { claim: claim(id), worker: 1, waitedMs: 0 })
      emit('settle.written', { claim: claim(id), settlement: { verb: 'complete', result: null } })
      emit('settle.written', { claim: claim(id), settlement: { verb: 'retry', error: 'e', delayMs: 1 } })
    }
    emit('process.stopped', { name: 'p', totals: noTotals(), ranMs: 1 })
    expect(lines()).toEqual([])
  })
})
