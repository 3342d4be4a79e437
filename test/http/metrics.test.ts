// /metrics of real processes: what was done is what is counted, the labels are bounded, and the database is not in its way.
import { Agent } from 'node:http'
import { describe, expect, it } from 'vitest'
import { apiProcess } from '../flow/api-process.ts'
import { startProxy } from '../flow/proxy.ts'
import { type Serving, serving } from '../flow/serving.ts'
import { become, put } from '../flow/table.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { NO_PROMTOOL, type Page, promtoolProblems, readPage } from '../telemetry/metrics/page.ts'
import { callPort, type TestApi } from './api.ts'
import { worker } from './remote-worker.ts'

const { url, pool } = await testDatabase()
const TOKEN = 'a-token-of-this-test'

async function scrape(api: string): Promise<Page> {
  const response = await fetch(`${api}/metrics`)
  expect(response.status).toBe(200)
  return readPage(await response.text())
}

/** `taskproc serve --http` on a free port, and where it listens. */
async function servingHttp(database: string): Promise<{ process: Serving; api: string }> {
  const process = await serving(database, {
    settings: { workers: 4, fetchInterval: '200ms', lease: '6s' },
    env: { SERVE_HTTP: '127.0.0.1:0' },
  })
  const [line] = await process.saw('http.listening')
  return { process, api: String(line?.['url']) }
}

/** The next page of which `isThere` is true: numbers of the store are a few seconds old. */
function pageWhere(api: string, what: string, isThere: (page: Page) => boolean): Promise<Page> {
  return eventually(what, async () => {
    const page = await scrape(api)
    return isThere(page) && page
  })
}

describe('a process with an engine', () => {
  it('has counted what it did, and the store has it too', async ({ skip }) => {
    const { process, api } = await servingHttp(url)
    await put(pool, { kind: 'echo', queue: 'fast', payload: 1 }, 40)
    await put(pool, { kind: 'fail', maxAttempts: 1 }, 3)
    await put(pool, { kind: 'flaky', payload: { succeedsAt: 2 }, backoffMs: 1 }, 2)
    await put(pool, { kind: 'nobody-serves-this', queue: 'foreign' }, 4)
    await become(pool, { done: 42, error: 3, pending: 4 })
    await process.saw('settle.written', { count: 47 })

    const isSettled = ({ value }: Page) => value('taskproc_tasks{queue="fast",status="done"}') === 40
    const { value, seriesOf } = await pageWhere(api, 'the store is told as it is', isSettled)
    expect(value('taskproc_claimed_tasks_total')).toBe(47)
    expect(value('taskproc_settlements_total{outcome="done"}')).toBe(42)
    expect(value('taskproc_settlements_total{outcome="failed"}')).toBe(3)
    expect(value('taskproc_settlements_total{outcome="retried"}')).toBe(2)
    expect(value('taskproc_wait_duration_seconds_count')).toBe(47)
    expect(value('taskproc_run_duration_seconds_count{kind="echo"}')).toBe(40)
    expect(value('taskproc_runs_total{kind="flaky",outcome="failed"}')).toBe(2)
    expect(value('taskproc_runs_total{kind="flaky",outcome="done"}')).toBe(2)
    for (const name of ['claim', 'settle'])
      expect(value(`taskproc_${name}_duration_seconds_count`), name).toBeGreaterThan(0)
    expect(value('taskproc_claims_total')).toBe(value('taskproc_claim_duration_seconds_count'))
    expect(value('taskproc_lost_claims_total')).toBe(0)

    expect(value('taskproc_workers')).toBe(4)
    expect(value('taskproc_running_tasks')).toBe(0)
    expect(value('taskproc_channel_tasks')).toBe(0)
    expect(value('taskproc_beat_age_seconds')).toBeLessThan(6)
    expect(value('taskproc_pool_connections{pool="engine",state="idle"}')).toBeGreaterThan(0)

    expect(value('taskproc_tasks{queue="default",status="error"}')).toBe(3)
    expect(value('taskproc_tasks{queue="foreign",status="pending"}')).toBe(4)
    expect(value('taskproc_oldest_pending_seconds{queue="foreign"}')).toBeGreaterThan(0)
    expect(value('taskproc_processes{state="running"}')).toBe(1)
    expect(seriesOf('taskproc_build_info')[0]).toMatch(/node="v\d.*postgres="\d\d.*version="\d/)

    const text = await (await fetch(`${api}/metrics`)).text()
    const problems = await promtoolProblems(text)
    if (problems === undefined) return skip(NO_PROMTOOL)
    expect(problems).toBe('')
  })

  it('tells of itself when the database is away, in time, and of the store when it is back', async () => {
    const proxy = await startProxy(url)
    const { api } = await servingHttp(proxy.url)
    await pageWhere(api, 'the store is read', ({ value }) => value('taskproc_store_up') === 1)
    proxy.down()
    const { value, seriesOf } = await pageWhere(
      api,
      'the store cannot be read',
      ({ value }) => value('taskproc_store_up') === 0 && (value('taskproc_beat_age_seconds') ?? 0) > 3,
    )
    expect(value('taskproc_workers')).toBe(4)
    expect(seriesOf('taskproc_tasks')).toEqual([])
    expect(seriesOf('taskproc_part_failures_total').length).toBeGreaterThan(0)
    proxy.up()
    await pageWhere(api, 'the store is read again', ({ value }) => value('taskproc_store_up') === 1)
  })
})

describe('an API alone', () => {
  it('has the store and its requests, and nothing of an engine', async () => {
    const api = await apiProcess(url)
    for (const path of ['/tasks/1', '/tasks/1', '/tasks/99999999', '/no/such/thing', '/nor/this'])
      await fetch(api.url + path)
    const count = 'taskproc_http_request_duration_seconds_count'
    const { value, names } = await pageWhere(
      api.url,
      'every answer is counted',
      ({ value }) => value(`${count}{method="any",route="none",status="4xx"}`) === 2,
    )
    expect(value(`${count}{method="GET",route="/tasks/:id",status="2xx"}`)).toBe(2)
    expect(value(`${count}{method="GET",route="/tasks/:id",status="4xx"}`)).toBe(1)
    expect(value('taskproc_store_up')).toBe(1)
    expect(value('taskproc_pool_connections{pool="api",state="idle"}')).toBeGreaterThan(0)
    for (const name of ['taskproc_workers', 'taskproc_channel_tasks', 'taskproc_beat_age_seconds'])
      expect(names).not.toContain(name)
  })

  it('counts what remote workers claim and settle through it', async () => {
    const api = await apiProcess(url)
    const agent = new Agent({ keepAlive: true })
    const call: TestApi['call'] = (method, path, options = {}) =>
      callPort(Number(new URL(api.url).port), agent, method, path, options)
    const me = worker({ call })
    await put(pool, { kind: 'remote', maxAttempts: 1 }, 4)
    const [one, two, three, four] = (await me.claim({ limit: 4 })).tasks
    if (!one || !two || !three || !four) throw new Error('nothing was claimed')
    await me.settle('complete', one)
    await me.settle('complete', one)
    await me.settle('fail', two, { error: 'no' })
    await me.settle('release', three)
    expect((await me.settle('complete', three)).status).toBe(409)
    await me.settle('snooze', four, { delay: 60 })
    agent.destroy()

    const { value } = await scrape(api.url)
    expect(value('taskproc_claims_total')).toBe(1)
    expect(value('taskproc_claimed_tasks_total')).toBe(4)
    const outcomes = { done: 1, failed: 1, released: 1, snoozed: 1, retried: 0, cancelled: 0 }
    for (const [outcome, n] of Object.entries(outcomes))
      expect(value(`taskproc_settlements_total{outcome="${outcome}"}`), outcome).toBe(n)
    expect(value('taskproc_lost_claims_total')).toBe(1)
    expect(value('taskproc_wait_duration_seconds_count')).toBe(4)
    expect(value('taskproc_claim_duration_seconds_count')).toBe(1)
    expect(value('taskproc_settle_duration_seconds_count')).toBe(5)
    expect(value('taskproc_run_duration_seconds_count{kind="remote"}')).toBe(3)
    expect(value('taskproc_runs_total{kind="remote",outcome="failed"}')).toBe(1)
  })

  it('shows no more than a hundred queues, and their sum is all tasks', async () => {
    await pool.query('delete from taskproc.tasks')
    await pool.query(
      `insert into taskproc.tasks (kind, queue) select 'many', 'queue ' || n from generate_series(1, 130) n`,
    )
    const api = await apiProcess(url)
    const { value, seriesOf } = await scrape(api.url)
    const pending = seriesOf('taskproc_tasks').filter((series) => series.includes('status="pending"'))
    expect(pending).toHaveLength(101)
    expect(pending.reduce((sum, series) => sum + (value(series) ?? 0), 0)).toBe(130)
    expect(value('taskproc_tasks{queue="other",status="pending"}')).toBe(30)
    expect(seriesOf('taskproc_oldest_pending_seconds')).toHaveLength(101)
  })

  it('wants the token where there is one', async () => {
    const api = await apiProcess(url, { TASKPROC_API_TOKEN: TOKEN })
    expect((await fetch(`${api.url}/metrics`)).status).toBe(401)
    const headers = { authorization: `Bearer ${TOKEN}` }
    expect((await fetch(`${api.url}/metrics`, { headers })).status).toBe(200)
  })
})
