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
    settings: { fetchInterval: '200ms', lease: '6s' },
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

/** Resolves when /readyz gives this reason, perhaps among others; without one, when it is ready. */
function readyBut(api: string, reason?: string): Promise<unknown> {
  return eventually(reason === undefined ? 'ready' : `not ready: ${reason}`, async () => {
    const { status, body } = await ask(`${api}/readyz`)
    expect(status).toBe(reason === undefined ? 200 : 503)
    return reason === undefined || body.reasons?.includes(reason)
  })
}

it('is not ready while it cannot claim, says why, and is ready again; alive it is all the time', async () => {
  const proxy = await startProxy(url)
  const { api } = await servingHttp(proxy.url)
  await readyBut(api)
  proxy.down()
  await readyBut(api, 'the fetcher cannot claim')
  await readyBut(api, 'the lease of this process cannot be renewed')
  await readyBut(api, 'the database does not answer')
  expect((await ask(`${api}/healthz`)).status).toBe(200)
  proxy.up()
  await readyBut(api)
})

it('is not ready while it drains, and answers until that is over', async () => {
  const { process, api } = await servingHttp(url)
  const gate = notes()
  const [id] = await put(pool, { kind: 'gate', payload: { file: gate.file } })
  await process.saw('run.started')
  await readyBut(api)
  process.signal('SIGTERM')
  await readyBut(api, 'this process is draining')
  expect((await ask(`${api}/healthz`)).status).toBe(200)
  gate.create()
  expect((await process.exit).exitCode).toBe(0)
  expect(await row(pool, id)).toMatchObject({ status: 'done' })
})
