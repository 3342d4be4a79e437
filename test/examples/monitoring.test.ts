// The dashboard and the alerts: what they ask for is what a process with an engine and an API shows, and Prometheus takes it.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { serving } from '../flow/serving.ts'
import { become, put } from '../flow/table.ts'
import { testDatabase } from '../support/database.ts'
import { tempDir } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'
import { NO_PROMTOOL, readPage } from '../telemetry/metrics/page.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))
const { url, pool } = await testDatabase()

interface Panel {
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string }[]
}

const read = (file: string) => readFileSync(join(EXAMPLES, file), 'utf8')
const { panels } = JSON.parse(read('grafana-dashboard.json')) as { panels: readonly Panel[] }
const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
const alerts = read('prometheus-alerts.yml')

/** With a process that has failed a run and answered a request, so that every series is there. */
async function page() {
  const process = await serving(url, { env: { SERVE_HTTP: '127.0.0.1:0' } })
  const [line] = await process.saw('http.listening')
  await put(pool, { kind: 'fail', maxAttempts: 1 })
  await become(pool, { error: 1 })
  return eventually('all is there', async () => {
    const shown = readPage(await (await fetch(`${String(line?.['url'])}/metrics`)).text())
    const isAll = shown.seriesOf('taskproc_http_request_duration_seconds_count').length > 0
    return isAll && shown.seriesOf('taskproc_tasks').length > 0 && shown
  })
}

it('names no metric and no label that does not exist, and leaves out no metric that taskproc makes', async () => {
  const { names, seriesOf } = await page()
  const asked = new Set<string>()
  for (const [, metric = '', matchers = ''] of `${queries.join('\n')}\n${alerts}`.matchAll(
    /\b((?:taskproc|nodejs|process)_[a-z0-9_]+)(?:\{([^}]*)\})?/g,
  )) {
    const name = metric.replace(/_(?:bucket|sum|count)$/, '')
    expect(names, metric).toContain(name)
    asked.add(name)
    const [series = ''] = [...seriesOf(metric), ...seriesOf(name)]
    for (const [, label = ''] of matchers.matchAll(/([a-z]+)[=!]~?"/g))
      if (!['job', 'instance'].includes(label))
        expect(series, `${label} of ${metric}`).toContain(`${label}="`)
  }
  const unseen = names.filter((name) => name.startsWith('taskproc_') && !asked.has(name))
  expect(unseen).toEqual([])
})

it('has a dashboard whose panels do not cover each other', () => {
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, n) => `${x + (n % w)} ${y + Math.floor(n / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
})

it('has queries, alerts and a configuration that Prometheus takes', async ({ skip }) => {
  const rules = queries.map((expr, n) => ({ record: `query:${n}`, expr: filledIn(expr) }))
  const file = join(tempDir(), 'queries.json')
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }))
  const checks = [
    ['rules', file, join(EXAMPLES, 'prometheus-alerts.yml')],
    ['config', join(EXAMPLES, 'prometheus.yml')],
  ]
  for (const [what = '', ...files] of checks) {
    const { code, exitCode, all } = await execa('promtool', ['check', what, ...files], {
      reject: false,
      all: true,
    })
    if (code === 'ENOENT') return skip(NO_PROMTOOL)
    expect({ exitCode, all }, all).toMatchObject({ exitCode: 0, all: expect.stringContaining('SUCCESS') })
  }
})

function filledIn(query: string): string {
  return query.replaceAll('$__rate_interval', '5m').replaceAll(/\$[a-z]+/g, '.*')
}
