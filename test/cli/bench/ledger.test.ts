// The ledger of a measurement: it forgets nothing, in whatever order it hears, and tells what was lost or ran twice.
import { expect, it } from 'vitest'
import { Ledger } from '../../../src/cli/bench/ledger.ts'
import { type Cost, runOf } from '../../../src/cli/bench/run.ts'

const COST: Cost = {
  walBytes: 1000,
  commits: 20,
  buffers: 300,
  deadRows: 7,
  statements: 10,
  clientCpuSeconds: 1,
  serverCpuSeconds: null,
  peakRssBytes: 5,
}

function report(
  ledger: Ledger,
  { doneRows = ledger.expected, failOneIn = 0, goMs = 0, warmUpShare = 0 } = {},
) {
  return runOf(ledger, {
    name: 'a run',
    engine: null,
    goMs,
    doneRows,
    failOneIn,
    warmUpShare,
    refused: 0,
    claimsMs: [],
    cost: COST,
  })
}

function complete(ledger: Ledger, id: number, enqueuedMs = 0): void {
  ledger.enqueued(id, enqueuedMs)
  ledger.started(id, enqueuedMs + 1)
  ledger.done(id, enqueuedMs + 3)
}

it('keeps the times of many tasks, also while it grows', () => {
  const ledger = new Ledger()
  for (let id = 1; id <= 10_000; id++) complete(ledger, id, id)
  const wrong = [...ledger.entries()].filter(
    ({ id, enqueuedMs, startedMs, doneMs }) => enqueuedMs !== id || startedMs !== id + 1 || doneMs !== id + 3,
  )
  expect(wrong).toEqual([])
  expect([ledger.expected, ledger.finished]).toEqual([10_000, 10_000])
})

it('takes what it hears before it knows of the task', () => {
  const ledger = new Ledger()
  ledger.done(1, 9)
  ledger.started(1, 5)
  ledger.enqueued(1, 2)
  expect(report(ledger)).toMatchObject({
    lost: 0,
    duplicated: 0,
    latency_ms: { enqueue_to_start: { p50: 3 }, enqueue_to_finish: { p50: 7 }, start_to_finish: { p50: 4 } },
  })
})

it('has nothing to say of a clean run but its numbers, for each task where one compares', () => {
  const ledger = new Ledger()
  for (let id = 1; id <= 10; id++) complete(ledger, id, id * 100)
  expect(report(ledger)).toMatchObject({
    tasks: 10,
    seconds: 0.902,
    tasks_per_second: 11.1,
    startup_ms: 101,
    per_task: { wal_bytes: 100, commits: 2, statements: 1, buffers: 30 },
    dead_rows: 7,
    cpu_seconds: { clients: 1, server: null },
    lost: 0,
    duplicated: 0,
  })
})

it('finds a task that nobody finished, and one that says so while its row says no', () => {
  const ledger = new Ledger()
  for (let id = 1; id <= 10; id++) complete(ledger, id)
  expect(report(ledger, { doneRows: 9 })).toMatchObject({ lost: 1 })
  ledger.enqueued(11, 0)
  ledger.started(11, 1)
  expect(report(ledger, { doneRows: 10 })).toMatchObject({ lost: 1 })
})

it('finds a task that ran twice, and one that was finished twice', () => {
  const ledger = new Ledger()
  for (let id = 1; id <= 3; id++) complete(ledger, id)
  ledger.started(1, 5)
  ledger.done(2, 5)
  expect(report(ledger)).toMatchObject({ duplicated: 2 })
})

it('lets those run twice that fail at first on purpose', () => {
  const ledger = new Ledger()
  for (let id = 1; id <= 3; id++) complete(ledger, id)
  ledger.started(2, 5)
  expect(report(ledger, { failOneIn: 2 })).toMatchObject({ duplicated: 0 })
  ledger.started(3, 5)
  expect(report(ledger, { failOneIn: 2 })).toMatchObject({ duplicated: 1 })
})

it('has no latency from the enqueue for what was there before the engines', () => {
  const ledger = new Ledger()
  for (let id = 1; id <= 3; id++) complete(ledger, id)
  expect(Object.keys(report(ledger, { goMs: 1 }).latency_ms)).toEqual(['start_to_finish'])
})

it('has no latency of what arrived while it warmed up', () => {
  const ledger = new Ledger()
  for (let id = 1; id <= 11; id++) complete(ledger, id, 100 * id)
  expect(report(ledger).latency_ms['enqueue_to_start']?.count).toBe(11)
  expect(report(ledger, { warmUpShare: 0.3 }).latency_ms['enqueue_to_start']?.count).toBe(8)
})

it('tells over time how many were finished, how many waited, and how long', () => {
  const ledger = new Ledger()
  for (let id = 0; id < 100; id++) complete(ledger, id, id * 10)
  const { timeline } = report(ledger)
  expect(timeline).toHaveLength(10)
  expect(timeline.reduce((sum, { tasks_per_second }) => sum + tasks_per_second, 0)).toBeGreaterThan(900)
  expect(timeline.every(({ backlog, p50_ms, p99_ms }) => backlog <= 1 && p50_ms === 3 && p99_ms === 3)).toBe(
    true,
  )
})
