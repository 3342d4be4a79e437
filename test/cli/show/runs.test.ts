// What happened, put together from the columns of a task and its log: which run a row belongs to, and what each run was.
import { describe, expect, it } from 'vitest'
import { type Happening, happenings } from '../../../src/cli/show/runs.ts'
import type { HistoryRow } from '../../../src/db/history.ts'
import type { TaskDocument } from '../../../src/task/task.ts'
import { row, task, time } from './fixtures.ts'

/** `run 1 one started..ended event [lines]`, with a `c` where it is the claim that is known, or `note what`. */
function told(of: TaskDocument, rows: HistoryRow[]): string[] {
  return happenings(of, rows).map(text)
}

function text(happening: Happening): string {
  if (happening.type === 'note') return `note ${happening.row?.event ?? 'enqueued'}`
  const { attempt, process, claimedAt, startedAt, end, lines } = happening
  const [start, to] = [startedAt ?? claimedAt, end?.at].map((at) => (at == null ? '?' : at.slice(17, 21)))
  const from = startedAt === null && claimedAt !== null ? `c${start}` : start
  const said = lines.map(({ message }) => message).join(',')
  return `run ${attempt} ${process} ${from}..${to} ${end?.event ?? 'runs'}${said ? ` [${said}]` : ''}`
}

const DONE = {
  status: 'done',
  attempts: 1,
  claim_number: 1,
  claimed_by: 'one',
  claimed_at: time(1),
  finished_at: time(2),
} as const

describe('a task without any log', () => {
  it.each([
    ['is pending', task(), []],
    ['runs', task({ ...DONE, status: 'in_progress', finished_at: null }), ['run 1 one c01.0..? runs']],
    ['is done', task(DONE), ['run 1 one c01.0..02.0 done']],
  ])('that %s', (_, of, runs) => {
    expect(told(of, [])).toEqual(['note enqueued', ...runs])
  })
})

it('has a run for each attempt that failed, and for the one that did not', () => {
  const of = task({ ...DONE, attempts: 3, claimed_by: 'two', claimed_at: time(8), finished_at: time(9) })
  const rows = [
    row('failed', 2, { started_at: time(1) }),
    row('failed', 5, { attempt: 2, process: 'two', started_at: time(4) }),
  ]
  expect(told(of, rows)).toEqual([
    'note enqueued',
    'run 1 one 01.0..02.0 failed',
    'run 2 two 04.0..05.0 failed',
    'run 3 two c08.0..09.0 done',
  ])
})

it('knows of its last run when it was due and claimed', () => {
  const last = {
    attempts: 2,
    claimed_by: 'one',
    claimed_at: time(5),
    run_at: time(4),
    finished_at: time(6),
  }
  const rows = [
    row('failed', 2, { started_at: time(1) }),
    row('failed', 6, { attempt: 2, started_at: time(5.5) }),
  ]
  const [, first, second] = happenings(task({ ...DONE, ...last, status: 'error', error: 'e' }), rows)
  expect(first).toMatchObject({ dueAt: null, startedAt: time(1) })
  expect(second).toMatchObject({ dueAt: time(4), startedAt: time(5.5) })
})

it('has one run for each claim, though a release, a snooze and a rescue give the attempt back', () => {
  const rows = [
    row('released', 2, { started_at: time(1) }),
    row('snoozed', 4, { started_at: time(3) }),
    row('rescued', 9, { process: 'gone' }),
  ]
  expect(told(task({ ...DONE, claimed_at: time(10), finished_at: time(11) }), rows)).toEqual([
    'note enqueued',
    'run 1 one 01.0..02.0 released',
    'run 1 one 03.0..04.0 snoozed',
    'run 1 gone ?..09.0 rescued',
    'run 1 one c10.0..11.0 done',
  ])
})

describe('a line', () => {
  const twice = [row('released', 2, { started_at: time(1) }), row('failed', 6, { started_at: time(5) })]
  const later = task({ ...DONE, attempts: 2, claimed_at: time(8), finished_at: time(9) })

  it.each([
    ['within a run', 1.5, 'first'],
    ['of a clock that is milliseconds behind', 4.999, 'second'],
    ['that was written late', 2.3, 'first'],
    ['far behind its run', 7, 'second'],
  ])('%s belongs to that run', (_, at, which) => {
    const [, first, second] = happenings(later, [...twice, row('log', at)])
    const lines = [first, second].map((run) => (run?.type === 'run' ? run.lines.length : -1))
    expect(lines).toEqual(which === 'first' ? [1, 0] : [0, 1])
  })

  it('of another attempt or process belongs to that one', () => {
    const rows = [
      ...twice,
      row('log', 8.5, { attempt: 2, message: 'x' }),
      row('log', 1.5, { process: 'two', message: 'y' }),
    ]
    const all = told(later, rows)
    expect(all).toContain('run 2 one c08.0..09.0 done [x]')
    expect(all).toContain('note log')
  })

  it('of a run whose process died belongs to its rescue', () => {
    const rows = [row('log', 1.5, { message: 'x' }), row('rescued', 9)]
    expect(told(task(), rows)).toEqual(['note enqueued', 'run 1 one ?..09.0 rescued [x]'])
  })
})

describe('what is known of a run that did not end by itself', () => {
  it.each([
    ['released', 'given back, not begun'],
    ['rescued', 'its process stopped beating'],
  ] as const)('is its claim: %s', (event, message) => {
    const rows = [row(event, 5, { message, claimed_at: time(1) })]
    expect(told(task(), rows)).toEqual(['note enqueued', `run 1 one c01.0..05.0 ${event}`])
  })
})

it('has no line before the start of its run and none after its end', () => {
  const rows = [
    row('log', 0.99, { message: 'early' }),
    row('log', 2.01, { message: 'late' }),
    row('failed', 2, { started_at: time(1) }),
  ]
  const [, run] = happenings(task(), rows)
  const lines = run?.type === 'run' ? run.lines.map(({ at, message }) => [message, at]) : []
  expect(lines).toEqual([
    ['early', time(1)],
    ['late', time(2)],
  ])
})

describe('an operator', () => {
  it('who cancels what waits, and retries it, is told apart from runs', () => {
    const rows = [
      row('cancelled', 1, { attempt: 0, process: 'operator' }),
      row('retried', 2, { attempt: 0, process: 'operator' }),
    ]
    expect(told(task(), rows)).toEqual(['note enqueued', 'note cancelled', 'note retried'])
  })

  it('who stops what runs is a line of that run', () => {
    const rows = [
      row('cancelled', 1.5, { process: 'operator', message: 'told to stop' }),
      row('cancelled', 2, { message: 'told to stop by an operator', started_at: time(1) }),
    ]
    const of = task({ ...DONE, status: 'cancelled' })
    expect(told(of, rows)).toEqual(['note enqueued', 'run 1 one 01.0..02.0 cancelled [told to stop]'])
  })
})
