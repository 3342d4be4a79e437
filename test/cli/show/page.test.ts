// The page of one task, as people read it, on wide and narrow screens, with the clock standing still.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pageLines } from '../../../src/cli/show/page.ts'
import { widthOf } from '../../../src/cli/text-width.ts'
import { row, task, time, timeMs } from './fixtures.ts'

const FAILED = [
  row('log', 3.2, { message: 'sending to ada' }),
  row('failed', 4.2, { level: 'warn', message: 'SMTP 451: try again later', started_at: time(3) }),
]

it('tells of a task that backs off', () => {
  const of = task({
    attempts: 1,
    claim_number: 1,
    run_at: time(8.2),
    error: 'SMTP 451: try again later',
    payload: { to: 'ada' },
  })
  expect(pageLines({ task: of, history: FAILED, nowMs: timeMs(5) }, 80).join('\n')).toMatchInlineSnapshot(`
    "#42 emails, pending
    queue default, priority 0, 1 of 3 attempts

    enqueued  2030-01-31 09:00:00.000Z  5 s ago
    due       2030-01-31 09:00:08.200Z  in 3 s

    payload
      {"to":"ada"}

    error
      SMTP 451: try again later

    what happened (UTC)
      2030-01-31
      09:00:00.000  enqueued
                    attempt 1 of 3, on one
      09:00:03.000    started 3.0 s after it was enqueued
      09:00:03.200    info: sending to ada
      09:00:04.200    failed after 1.2 s: SMTP 451: try again later
                    backing off until 09:00:08.200 (in 3 s)"
  `)
})

it('tells of a task that is done after a failure, and breaks lines on a narrow screen', () => {
  const of = task({
    ...{
      status: 'done',
      attempts: 2,
      claim_number: 2,
      run_at: time(8.2),
      claimed_by: 'two',
      claimed_at: time(9),
    },
    ...{ finished_at: time(9.5), result: { sent: true }, unique_key: 'welcome-7', crashes: 1 },
  })
  expect(
    pageLines({ task: of, history: FAILED, nowMs: timeMs(90_000) }, 40).join('\n'),
  ).toMatchInlineSnapshot(`
    "#42 emails, done
    queue default, priority 0, 2 of 3
    attempts, 1 crash, key welcome-7, last
    held by two

    enqueued  2030-01-31 09:00:00.000Z
              1 d 1 h ago
    due       2030-01-31 09:00:08.200Z
              1 d ago
    claimed   2030-01-31 09:00:09.000Z
              1 d ago
    finished  2030-01-31 09:00:09.500Z
              1 d ago

    payload
      null

    result
      {"sent":true}

    what happened (UTC)
      2030-01-31
      09:00:00.000  enqueued
                    attempt 1 of 3, on one
      09:00:03.000    started 3.0 s after it
                      was enqueued
      09:00:03.200    info: sending to ada
      09:00:04.200    failed after 1.2 s:
                      SMTP 451: try again
                      later
                    attempt 2 of 3, on two
      09:00:09.000    backed off 4.0 s,
                      claimed 800 ms after
                      it was due
      09:00:09.500    done 500 ms after its
                      claim"
  `)
})

it.each([
  [
    'is delayed for long',
    { run_at: time(86_400) },
    'delayed until 2030-02-01 09:00:00.000Z (in 23 h 59 min)',
  ],
  ['is delayed', { run_at: time(60) }, 'delayed until 09:01:00.000 (in 50 s)'],
  ['waits', {}, 'due since 09:00:00.000 (10 s ago), and not claimed yet: taskproc why 42'],
  [
    'runs',
    { status: 'in_progress', attempts: 1, claim_number: 1, claimed_by: 'one', claimed_at: time(4) },
    '  in progress, claimed 6 s ago',
  ],
] as const)('says of a task that %s how it stands', (_, columns, last) => {
  const lines = pageLines({ task: task(columns), history: [], nowMs: timeMs(10) }, 100)
  expect(lines.at(-1)?.trimStart()).toBe(last.trimStart())
})

describe('however much there is', () => {
  it('shows the last runs and lines, and says where the rest is', () => {
    const failures = Array.from({ length: 40 }, (_, at) =>
      row('failed', at + 2, { attempt: at + 1, started_at: time(at + 1) }),
    )
    const logged = Array.from({ length: 30 }, (_, at) =>
      row('log', 40.5 + at / 100, { attempt: 40, message: `line ${at}` }),
    )
    const text = pageLines({ task: task(), history: [...failures, ...logged], nowMs: timeMs(99) }, 100).join(
      '\n',
    )
    expect(text).toContain('28 earlier events: taskproc logs 42')
    expect(text).toContain('10 earlier lines: taskproc logs 42')
    expect(text).not.toContain('attempt 28 of')
    expect(text).toContain('attempt 29 of')
    expect(text).not.toContain('line 9\n')
    expect(text).toContain('line 10\n')
  })

  it('shows the beginning of a large payload', () => {
    const payload = Array.from({ length: 100 }, (_, at) => ({ at, text: 'x'.repeat(3000) }))
    const lines = pageLines({ task: task({ payload }), history: [], nowMs: timeMs(1) }, 60)
    expect(lines.length).toBeLessThan(50)
    expect(lines.join('\n')).toContain('379 more lines: taskproc show 42 --json')
  })

  it('fits the screen, and lets no text move the cursor', () => {
    const texts = fc.string({
      unit: fc.constantFrom('a', ' ', '\n', '\u001b', '日', '\u202e', 'é'),
      maxLength: 300,
    })
    fc.assert(
      fc.property(texts, texts, fc.integer({ min: 36, max: 120 }), (message, value, columns) => {
        const of = task({ payload: { [value]: [value, value] }, error: message || 'e', queue: 'queue' })
        const history = [
          row('failed', 3, { message, started_at: time(1) }),
          row('log', 2, { message: value }),
        ]
        for (const line of pageLines({ task: of, history, nowMs: timeMs(5) }, columns)) {
          expect(line).not.toMatch(/\p{Cc}/u)
          expect(widthOf(line)).toBeLessThanOrEqual(columns)
        }
      }),
    )
  })
})
