// The report of what every worker does: its lines, in order and aligned.
import { expect, it } from 'vitest'
import { reportLines } from '../../../src/cli/serve/worker-report.ts'
import { noTotals } from '../../../src/task/totals.ts'
import { claim } from '../../telemetry/fixtures.ts'

const IDLE = {
  state: 'running',
  workers: 5,
  waiting: 0,
  running: [],
  drainLeftMs: null,
  beatAgeMs: 0,
} as const

it('names the longest-running first, in columns, and sums up those that are idle', () => {
  const running = [
    { claim: { ...claim(7), kind: 'mails' }, worker: 1, forMs: 800, progress: null },
    { claim: { ...claim(812), kind: 'report_generation' }, worker: 3, forMs: 12_000, progress: 0.4 },
  ]
  const totals = { ...noTotals(), done: 120, retried: 3, failed: 1 }
  const lines = reportLines({ ...IDLE, running, waiting: 4, totals })
  const { attempt, maxAttempts } = claim(7)
  expect(lines).toEqual([
    'status: running; 2 of 5 workers busy, 4 waiting; so far 120 done, 3 retried, 1 error, 0 released',
    `worker 3  report_generation  #812    12 s  attempt ${attempt} of ${maxAttempts}  40 %`,
    `worker 1  mails              #7    800 ms  attempt ${attempt} of ${maxAttempts}`,
    '3 workers idle',
  ])
})

it('breaks no word and no row on a screen: what matters least gives way', () => {
  const running = [
    { claim: { ...claim(7), kind: 'mails' }, worker: 1, forMs: 800, progress: null },
    { claim: { ...claim(812), kind: 'report_generation' }, worker: 3, forMs: 12_000, progress: 0.4 },
  ]
  const status = { ...IDLE, running, waiting: 4, totals: { ...noTotals(), done: 120, retried: 3 } }
  expect(reportLines(status, 80).slice(0, 2)).toEqual([
    'status: running; 2 of 5 workers busy, 4 waiting',
    'so far 120 done, 3 retried, 0 error, 0 released',
  ])
  expect(reportLines(status, 40)).toEqual([
    'status: running; 2 of 5 workers busy, 4',
    'waiting',
    'so far 120 done, 3 retried, 0 error, 0',
    'released',
    'worker 3  report_generati…  #812    12 s',
    'worker 1  mails             #7    800 ms',
    '3 workers idle',
  ])
})

it('says how long a drain may last, and lets no kind move the cursor', () => {
  const running = [{ claim: { ...claim(7), kind: 'a\u001b[31m\nb' }, worker: 1, forMs: 1, progress: 1 }]
  const lines = reportLines({
    ...IDLE,
    state: 'draining',
    workers: 1,
    running,
    drainLeftMs: 26_000,
    beatAgeMs: 0,
    totals: noTotals(),
  })
  expect(lines).toEqual([
    expect.stringMatching(/^status: draining, 26 s left; 1 of 1 worker busy, 0 waiting; /),
    expect.stringMatching(/^worker 1 {2}a\uFFFD\[31m b {2}#7 {2}1 ms {2}attempt \d of \d {2}100 %$/),
  ])
})
