// What a balancer hears of `serve --http`: ready while tasks are claimed, and the reason where they are not.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { startProxy } from './proxy.ts'
import { type Serving, serving } from './serving.ts'
import { notes, put, row } from './table.ts'

const { url, pool } = await testDatabase()

async function servingHttp(database: string): Promise<{ process: Serving; api: string }> {
  const process = await serving(database, {
    settings: { fetchInterval: '200ms', lease: '3s' },
    env: { SERVE_HTTP: '127.0.0.1:0' },
  })
  const [line] = await process.saw('http.listening')
  return { process, api: String(line?.['url']) }
}

interface Answer {
  readonly status: number
  readonly body: { readonly reasons?: readonly string[] }
}

async function ask(url: string): Promise<Answer> {
  const response = await fetch(url)
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

/** Resolves when /readyz gives exactly these reasons; none: it is ready. */
function reasonsBecome(api: string, reasons: readonly string[]): Promise<unknown> {
  return eventually(`ready but for ${JSON.stringify(reasons)}`, async () => {
    expect(await ask(`${api}/readyz`)).toMatchObject({
      status: reasons.length === 0 ? 200 : 503,
      body: { reasons },
    })
    return true
  })
}

it('is not ready while it cannot claim, says why, and is ready again; alive it is all the time', async () => {
  const proxy = await startProxy(url)
  const { api } = await servingHttp(proxy.url)
  await reasonsBecome(api, [])
  proxy.down()
  await reasonsBecome(api, [
    'the database does not answer',
    'the lease of this process cannot be renewed',
    'the fetcher cannot claim',
  ])
  expect((await ask(`${api}/healthz`)).status).toBe(200)
  proxy.up()
  await reasonsBecome(api, [])
})

it('is not ready while it drains, and answers until that is over', async () => {
  const { process, api } = await servingHttp(url)
  const gate = notes()
  const [id] = await put(pool, { kind: 'gate', payload: { file: gate.file } })
  await process.saw('run.started')
  await reasonsBecome(api, [])
  process.signal('SIGTERM')
  await reasonsBecome(api, ['this process is draining'])
  expect((await ask(`${api}/healthz`)).status).toBe(200)
  gate.create()
  expect((await process.exit).exitCode).toBe(0)
  expect(await row(pool, id)).toMatchObject({ status: 'done' })
})
