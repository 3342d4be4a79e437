// Metrics: from events to numbers, and to a page that Prometheus takes.
import { expect, it } from 'vitest'
import { noTotals } from '../../src/task/totals.ts'
import type { EngineNumbers } from '../../src/telemetry/metrics/engine.ts'
import { createMetrics, type ProcessMetrics } from '../../src/telemetry/metrics.ts'
import { claim } from './fixtures.ts'
import { NO_PROMTOOL, type Page, promtoolProblems, readPage } from './metrics/page.ts'

const DONE = { type: 'done', result: null } as const
const FAILED = { type: 'failed', error: 'no', permanent: false } as const

const STATUS: EngineNumbers = {
  workers: 5,
  waiting: 7,
  running: [1, 2, 3],
  beatAgeMs: 2500,
  totals: { ...noTotals(), claimed: 20, done: 10, retried: 1, failed: 2, snoozed: 3, released: 4, lost: 6 },
}

async function pageOf(metrics: ProcessMetrics): Promise<Page> {
  return readPage((await metrics.render()).body)
}

function engineMetrics(): ProcessMetrics {
  const metrics = createMetrics()
  metrics.watchEngine(() => STATUS)
  return metrics
}

it('says what the engine says of itself', async () => {
  const { value } = await pageOf(engineMetrics())
  expect(value('taskproc_workers')).toBe(5)
  expect(value('taskproc_running_tasks')).toBe(3)
  expect(value('taskproc_channel_tasks')).toBe(7)
  expect(value('taskproc_beat_age_seconds')).toBe(2.5)
  expect(value('taskproc_claimed_tasks_total')).toBe(20)
  expect(value('taskproc_lost_claims_total')).toBe(6)
  const outcomes = { done: 10, retried: 1, failed: 2, snoozed: 3, released: 4, cancelled: 0 }
  for (const [outcome, n] of Object.entries(outcomes))
    expect(value(`taskproc_settlements_total{outcome="${outcome}"}`), outcome).toBe(n)
})

it('knows no age of a beat while there is no row to beat for', async () => {
  const metrics = createMetrics()
  metrics.watchEngine(() => ({ ...STATUS, beatAgeMs: null }))
  expect((await pageOf(metrics)).value('taskproc_beat_age_seconds')).toBeNaN()
})

it('counts what happens, in seconds and in buckets that include the smaller ones', async () => {
  const metrics = engineMetrics()
  const { emit } = metrics
  const claims = [claim(1), claim(2), claim(3, { kind: 'mail' })]
  emit('claim.taken', { claims, tookMs: 3 })
  emit('claim.taken', { claims, tookMs: 40 })
  for (const [index, one] of claims.entries()) {
    emit('run.started', { claim: one, worker: 1, waitedMs: [1, 1.5, 90_000_000][index] ?? 0 })
    emit('run.finished', { claim: one, worker: 1, outcome: index === 1 ? FAILED : DONE, tookMs: 250 })
  }
  emit('settle.batch', { outcomes: 3, tookMs: 1000 })
  emit('strays.released', { ids: [8, 9] })
  emit('lease.fenced', { aborted: 1, waiting: 1 })

  const { value } = await pageOf(metrics)
  expect(value('taskproc_claims_total')).toBe(2)
  expect(value('taskproc_claim_duration_seconds_count')).toBe(2)
  expect(value('taskproc_claim_duration_seconds_sum')).toBeCloseTo(0.043)
  const waited = ['0.001', '0.0025', '1800', '+Inf'].map((le) =>
    value(`taskproc_wait_duration_seconds_bucket{le="${le}"}`),
  )
  expect(waited, 'a bound belongs to its bucket').toEqual([1, 2, 2, 3])
  expect(value('taskproc_run_duration_seconds_count{kind="reverse"}')).toBe(2)
  expect(value('taskproc_run_duration_seconds_bucket{kind="mail",le="0.1"}')).toBe(0)
  expect(value('taskproc_run_duration_seconds_bucket{kind="mail",le="0.25"}')).toBe(1)
  expect(value('taskproc_runs_total{kind="reverse",outcome="failed"}')).toBe(1)
  expect(value('taskproc_runs_total{kind="mail",outcome="failed"}')).toBe(0)
  expect(value('taskproc_settle_duration_seconds_sum')).toBe(1)
  expect(value('taskproc_stray_claims_total')).toBe(2)
  expect(value('taskproc_lease_fences_total')).toBe(1)
})

it('counts rescues and failures also where no engine runs, and no workers there', async () => {
  const metrics = createMetrics()
  metrics.emit('process.lost', { names: ['a', 'b'] })
  metrics.emit('rescue.done', { pending: 3, error: 1, cancelled: 0 })
  metrics.emit('rescue.done', { pending: 1, error: 0, cancelled: 0 })
  metrics.emit('part.failed', { part: 'rescuer', error: 'away', retryMs: 100 })
  const { value, names } = await pageOf(metrics)
  expect(value('taskproc_lost_processes_total')).toBe(2)
  expect(value('taskproc_rescued_tasks_total{status="pending"}')).toBe(4)
  expect(value('taskproc_rescued_tasks_total{status="error"}')).toBe(1)
  expect(value('taskproc_part_failures_total{part="rescuer"}')).toBe(1)
  expect(names).not.toContain('taskproc_workers')
})

it('counts what remote workers do with what an engine does, or alone', async () => {
  for (const [metrics, engine] of [
    [createMetrics(), noTotals()],
    [engineMetrics(), STATUS.totals],
  ] as const) {
    const { emit } = metrics
    emit('remote.claimed', { waitedMs: [2, 4_000], tookMs: 30 })
    const run = { kind: 'mail', outcome: 'done', total: 'done', ranMs: 250 } as const
    const back = { kind: 'mail', outcome: 'interrupted', total: 'released', ranMs: null } as const
    emit('remote.settled', { runs: [run, run, back], tookMs: 10 })
    emit('remote.refused', { tookMs: 10 })
    const { value } = await pageOf(metrics)
    expect(value('taskproc_claims_total')).toBe(1)
    expect(value('taskproc_claimed_tasks_total')).toBe(engine.claimed + 2)
    expect(value('taskproc_settlements_total{outcome="done"}')).toBe(engine.done + 2)
    expect(value('taskproc_settlements_total{outcome="released"}')).toBe(engine.released + 1)
    expect(value('taskproc_lost_claims_total')).toBe(engine.lost + 1)
    expect(value('taskproc_wait_duration_seconds_sum')).toBeCloseTo(4.002)
    expect(value('taskproc_claim_duration_seconds_sum')).toBeCloseTo(0.03)
    expect(value('taskproc_settle_duration_seconds_count')).toBe(2)
    expect(value('taskproc_run_duration_seconds_count{kind="mail"}')).toBe(2)
    expect(value('taskproc_runs_total{kind="mail",outcome="interrupted"}')).toBe(0)
  }
})

it('counts requests by route and class of status, and those for nothing as one', async () => {
  const metrics = createMetrics()
  const answered = (method: string, route: string | null, status: number) =>
    metrics.emit('http.answered', { method, route, status, tookMs: 4 })
  answered('GET', '/tasks/:id', 200)
  answered('GET', '/tasks/:id', 404)
  answered('GET', '/tasks/:id', 400)
  for (const method of ['GET', 'PURGE', 'MKCOL']) answered(method, null, 404)
  const { value, seriesOf } = await pageOf(metrics)
  const count = 'taskproc_http_request_duration_seconds_count'
  expect(value(`${count}{method="GET",route="/tasks/:id",status="2xx"}`)).toBe(1)
  expect(value(`${count}{method="GET",route="/tasks/:id",status="4xx"}`)).toBe(2)
  expect(value(`${count}{method="any",route="none",status="4xx"}`)).toBe(3)
  expect(seriesOf(count)).toHaveLength(3)
})

it('has series for a hundred kinds, and one for all others', async () => {
  const metrics = engineMetrics()
  for (let n = 0; n < 250; n += 1)
    metrics.emit('run.finished', {
      ...{ claim: claim(n, { kind: `kind ${n}` }), worker: 1, outcome: DONE, tookMs: 1 },
    })
  metrics.emit('run.finished', { claim: claim(1, { kind: 'kind 0' }), worker: 1, outcome: DONE, tookMs: 1 })
  const { value, seriesOf } = await pageOf(metrics)
  expect(seriesOf('taskproc_run_duration_seconds_count')).toHaveLength(101)
  expect(value('taskproc_run_duration_seconds_count{kind="kind 0"}')).toBe(2)
  expect(value('taskproc_run_duration_seconds_count{kind="other"}')).toBe(150)
  expect(value('taskproc_runs_total{kind="other",outcome="done"}')).toBe(150)
})

it('tells of the process and of its pools', async () => {
  const metrics = createMetrics()
  metrics.watchPool('engine', { totalCount: 4, idleCount: 1, waitingCount: 2 })
  const { value, names } = await pageOf(metrics)
  expect(value('taskproc_pool_connections{pool="engine",state="busy"}')).toBe(3)
  expect(value('taskproc_pool_connections{pool="engine",state="idle"}')).toBe(1)
  expect(value('taskproc_pool_waiting_queries{pool="engine"}')).toBe(2)
  expect(names).toEqual(
    expect.arrayContaining([
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_heap_size_used_bytes',
      'nodejs_eventloop_lag_p99_seconds',
    ]),
  )
})

it('is a page that promtool finds nothing wrong with, whatever a kind is called', async ({ skip }) => {
  const metrics = engineMetrics()
  metrics.emit('run.finished', {
    ...{ claim: claim(1, { kind: 'a "kind" with \\ and käse' }), worker: 1, outcome: DONE, tookMs: 1 },
  })
  metrics.emit('http.answered', { method: 'GET', route: '/tasks/:id', status: 200, tookMs: 4 })
  metrics.watchPool('engine', { totalCount: 4, idleCount: 1, waitingCount: 2 })
  const { contentType, body } = await metrics.render()
  expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/)
  expect(body).toContain('kind="a \\"kind\\" with \\\\ and käse"')
  const problems = await promtoolProblems(body)
  if (problems === undefined) return skip(NO_PROMTOOL)
  expect(problems).toBe('')
})
