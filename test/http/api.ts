// An API server of a test's own, on a free port, with a client that reads what it answers.
import { createPool } from '../../src/db/pool.ts'
import type { ApiOptions } from '../../src/http/options.ts'
import { type Api, createApi } from '../../src/http/server.ts'
import { atTestEnd } from '../support/end.ts'

/** Everything that it logs, at any level. */
export type Logged = { readonly level: string; readonly event: unknown; readonly text: string }[]

export interface TestApi {
  readonly api: Api
  readonly url: string
  readonly port: number
  readonly logged: Logged
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
}

export interface CallOptions {
  /** Sent as JSON; a string or a Buffer is sent as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly type: string
  readonly text: string
  /** Parsed where it is JSON. */
  readonly body: unknown
}

/** Listens until the test ends. The pool is its own: `database` is a URL. */
export async function startApi(database: string, options: Partial<ApiOptions> = {}): Promise<TestApi> {
  const pool = createPool({ url: database, applicationName: 'taskproc api', maxConnections: 8 })
  const logged: Logged = []
  const api = await createApi({
    pool,
    listenUrl: database,
    version: '0.0.0',
    log: testLog(logged),
    ...options,
  })
  const { port } = await api.listen({ host: '127.0.0.1', port: 0 })
  atTestEnd(async () => {
    await api.close()
    await pool.end()
  })
  const url = `http://127.0.0.1:${port}`
  return { api, url, port, logged, call: (method, path, given) => call(url + path, method, given) }
}

async function call(url: string, method: string, { body, headers }: CallOptions = {}): Promise<Answer> {
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body)
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) }),
  })
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  return {
    status: response.status,
    headers: response.headers,
    type,
    text,
    body: type.includes('json') && text !== '' ? JSON.parse(text) : undefined,
  }
}

function testLog(logged: Logged): ApiOptions['log'] {
  const at = (level: string) => (fields: unknown, text?: string) => {
    const event =
      typeof fields === 'object' && fields !== null && 'event' in fields ? fields.event : undefined
    logged.push({ level, event, text: text ?? String(fields) })
  }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    isLevelEnabled: () => true,
  }
}
