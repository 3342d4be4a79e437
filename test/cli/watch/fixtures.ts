// A busy installation as the screen reads it, and states made from it.
import type { Look } from '../../../src/cli/watch/look.ts'
import { firstState, type Overview, type WatchState } from '../../../src/cli/watch/state.ts'
import type { ProcessStats, QueueStats, Stats } from '../../../src/db/stats/stats.ts'
import type { TaskDocument } from '../../../src/task/task.ts'

export const PLAIN: Look = { isUtf8: true, hasSymbols: true, hasColour: false }
export const ASCII: Look = { isUtf8: false, hasSymbols: false, hasColour: false }

export const NOW_MS = 1_000_000

export function queue(changes: Partial<QueueStats> = {}): QueueStats {
  const counts = { pending: 0, in_progress: 0, done: 0, error: 0, cancelled: 0 }
  return { queue: 'default', ...counts, paused: false, oldest_pending_seconds: null, ...changes }
}

export function process(changes: Partial<ProcessStats> = {}): ProcessStats {
  return {
    id: 1,
    name: 'web-1',
    host: 'web',
    pid: 7,
    version: '1',
    state: 'running',
    queues: null,
    kinds: ['mails', 'images'],
    workers: 5,
    running: 0,
    waiting: 0,
    started_at: '2030-01-31T09:00:00.000Z',
    heartbeat_at: '2030-01-31T09:00:00.000Z',
    last_beat_seconds: 1.5,
    lease_seconds: 15,
    doing: [],
    settled_last_minute: 0,
    failed_last_minute: 0,
    ...changes,
  }
}

export function stats(changes: Partial<Stats> = {}): Stats {
  const steps = Array.from({ length: 90 }, (_, step) => step)
  return {
    counted: 'counters',
    tasks: { pending: 1_520, in_progress: 3, done: 1_234_567, error: 12, cancelled: 4 },
    queues: [
      queue({
        queue: 'default',
        pending: 20,
        in_progress: 2,
        done: 1_200_000,
        error: 10,
        oldest_pending_seconds: 3.2,
      }),
      queue({ queue: 'images', pending: 1_500, done: 30_000, paused: true, oldest_pending_seconds: 4_000 }),
      queue({ queue: 'mails', in_progress: 1, done: 4_567, error: 2 }),
    ],
    kinds: [
      { kind: 'images', pending: 1_500, in_progress: 1, done: 34_567, error: 2, cancelled: 4 },
      { kind: 'mails', pending: 20, in_progress: 2, done: 1_200_000, error: 10, cancelled: 0 },
    ],
    processes: [
      process({
        running: 2,
        settled_last_minute: 7_020,
        doing: [
          { id: 1_234, kind: 'images', worker: 2, for_seconds: 75.5 },
          { id: 1_300, kind: 'mails', worker: 1, for_seconds: 2 },
        ],
      }),
      process({
        id: 2,
        name: 'web-2',
        running: 1,
        last_beat_seconds: 22,
        doing: [{ id: 1_250, kind: 'mails', worker: 5, for_seconds: 23 }],
      }),
      process({ id: 3, name: 'old-1', state: 'stopped', last_beat_seconds: 900 }),
    ],
    oldest_pending_seconds: 4_000,
    throughput: {
      per_second: 118.2,
      window_seconds: 60,
      step_seconds: 10,
      history: steps.map((step) => 60 + 60 * Math.sin(step / 8) + (step === 89 ? 1 : 0)),
      failed_history: steps.map((step) => (step % 30 === 0 ? 0.5 : 0)),
    },
    failures_per_minute: 3,
    wait_ms: { p50: 3.1, p95: 12, p99: 40 },
    run_ms: { p50: 1_200, p95: 3_900, p99: 4_100 },
    ...changes,
  }
}

export function overview(changes: Partial<Overview> = {}): Overview {
  return {
    stats: stats(),
    backlog: [
      { queue: 'default', kind: 'mails', is_due: true, delayed: 15, is_more: false },
      { queue: 'images', kind: 'images', is_due: true, delayed: 0, is_more: false },
    ],
    failures: [
      {
        id: 1_111,
        kind: 'mails',
        queue: 'default',
        error: 'Error: no such mailbox\n  at send',
        ago_seconds: 12,
      },
      { id: 999, kind: 'images', queue: 'images', error: 'out of paper', ago_seconds: 700 },
    ],
    snapshot: {
      pid: 4_711,
      holder: 'session',
      application: 'psql',
      user: 'ada',
      state: 'idle in transaction',
      age_seconds: 305,
      state_seconds: 300,
      transactions: 9_000,
      query: 'select 1',
    },
    ...changes,
  }
}

export function state(changes: Partial<WatchState> = {}): WatchState {
  const size = { columns: 80, rows: 24 }
  const place = 'postgres://ada:***@db.example.com/app'
  return {
    ...firstState({ program: 'taskproc', place, intervalMs: 1_000, look: PLAIN, size, nowMs: NOW_MS }),
    overview: { value: overview(), atMs: NOW_MS - 400, clock: '09:00:00 UTC' },
    ...changes,
  }
}

function task(changes: Partial<TaskDocument> = {}): TaskDocument {
  const time = '2030-01-31T09:00:00.123456Z'
  return {
    id: 1_111,
    kind: 'mails',
    queue: 'default',
    status: 'error',
    payload: { to: 'ada@example.com', lines: ['one', 'two'] },
    priority: 5,
    attempts: 3,
    max_attempts: 3,
    crashes: 1,
    claim_number: 4,
    run_at: time,
    claimed_by: 'web-1',
    claimed_at: time,
    finished_at: time,
    result: null,
    error: 'Error: no such mailbox\n    at send (mail.js:3:9)',
    unique_key: 'welcome-7',
    created_at: time,
    updated_at: time,
    ...changes,
  }
}

export function taskPage(changes: Partial<WatchState> = {}): WatchState {
  const at = '2030-01-31T09:00:00.123456Z'
  const timeline = [
    { at, attempt: 0, process: null, level: 'info', message: 'enqueued' },
    { at, attempt: 1, process: 'web-1', level: 'info', message: 'started' },
    { at, attempt: 1, process: 'web-1', level: 'error', message: `failed: ${'no such mailbox, '.repeat(6)}` },
    { at, attempt: 2, process: 'a-process-with-a-long-name', level: 'warn', message: 'rescued' },
  ] as const
  return state({
    page: { name: 'task', id: 1_111, scroll: 0 },
    taskView: { value: { id: 1_111, task: task(), timeline }, atMs: NOW_MS - 400, clock: '09:00:00 UTC' },
    ...changes,
  })
}
