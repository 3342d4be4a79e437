// An API server of a test's own, on a free port, and a client that sends what no proper client would.
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { createPool } from '../../src/db/pool.ts'
import type { ApiOptions } from '../../src/http/options.ts'
import { type Api, createApi } from '../../src/http/server.ts'
import { createObserver } from '../../src/telemetry/observe.ts'
import { atTestEnd } from '../support/end.ts'

interface Logged {
  readonly level: string
  readonly event: unknown
  readonly text: string
}

export interface TestApi {
  readonly api: Api
  readonly url: string
  readonly port: number
  /** Everything that it has logged, at any level. */
  readonly logged: readonly Logged[]
  /** A whole answer. Rejects when the connection breaks before its end. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
}

export interface CallOptions {
  /** Sent as JSON; a string or a Buffer is sent as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The media type without its parameters. */
  readonly type: string
  readonly text: string
  /** Parsed where it is JSON. */
  readonly body: unknown
}

/** Listens until the test ends. Its pool is its own; `database` is a URL. */
export async function startApi(database: string, options: Partial<ApiOptions> = {}): Promise<TestApi> {
  const pool = createPool({
    url: database,
    applicationName: 'taskproc api',
    maxConnections: 8,
    answerTimeoutMs: 5_000,
    connectTimeoutMs: 2_000,
  })
  const logged: Logged[] = []
  const log = logTo(logged)
  const api = await createApi({
    pool,
    listenUrl: database,
    version: '0.0.0',
    log,
    emit: createObserver(log),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }),
    ...options,
  })
  const { port } = await api.listen({ host: '127.0.0.1', port: 0 })
  const agent = new Agent({ keepAlive: true })
  atTestEnd(async () => {
    agent.destroy()
    await api.close()
    await pool.end()
  })
  const call: TestApi['call'] = (method, path, given = {}) => callPort(port, agent, method, path, given)
  return { api, url: `http://127.0.0.1:${port}`, port, logged, call }
}

/** A call of whoever listens on that port of this machine. */
export function callPort(
  port: number,
  agent: Agent | undefined,
  method: string,
  path: string,
  { body, headers }: CallOptions,
): Promise<Answer> {
  const content = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        agent,
        method,
        path,
        headers: { ...headersOf(content, headers), ...headers },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('error', reject)
        response.on('end', () => {
          const [type = ''] = (response.headers['content-type'] ?? '').split(';')
          const isJson = /json$/.test(type) && text !== ''
          const parsed: unknown = isJson ? JSON.parse(text) : undefined
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            type,
            text,
            body: parsed,
          })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(content)
  })
}

function headersOf(
  content: string | Buffer | undefined,
  given: CallOptions['headers'],
): Record<string, string | number> {
  if (content === undefined) return {}
  const type = { 'content-type': 'application/json' }
  return given?.['transfer-encoding'] === undefined
    ? { ...type, 'content-length': Buffer.byteLength(content) }
    : type
}

function logTo(logged: Logged[]): ApiOptions['log'] {
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
