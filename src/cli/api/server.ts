// An API server around the work of a command: `api`, whose work is to wait, and `serve --http`.
import { createPool } from '../../db/pool.ts'
import { readServerVersion } from '../../db/server-version.ts'
import { readStats } from '../../db/stats/stats.ts'
import type { Address } from '../../http/listening.ts'
import type { Api } from '../../http/server.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database.ts'
import type { API_GUARD } from '../settings/api-settings.ts'
import { readVersion } from '../version.ts'
import type { Listening } from './events.ts'

/** Requests wait for each other's connections rather than open a hundred: the database is not faster with more. */
const API_CONNECTIONS = 10
/** Below the time after which a request is answered with 503 in any case. */
const ANSWER_TIMEOUT_MS = 20_000
/** Connections that a statement keeps busy are ended by the exit of the process. */
const CLOSE_TIMEOUT_MS = 500

export interface ApiServer {
  readonly address: Address
  readonly config: Config<(typeof API_GUARD)[number]>
  readonly database: Database
  readonly log: Log
  readonly listening: Listening
  /** Why this process is not ready, beyond what the database says. */
  readonly readiness?: () => readonly string[]
}

/** Serves the API while `work` goes on, and drains it after that. */
export async function withApi<T>(
  { address, config, database, log, listening: { emit, metrics }, readiness = () => [] }: ApiServer,
  work: (api: Api) => Promise<T>,
): Promise<T> {
  // Loaded on demand: most commands serve nothing.
  const { createApi } = await import('../../http/server.ts')
  const { addressText } = await import('../../http/listening.ts')
  const pool = createPool({
    url: database.url,
    applicationName: 'taskproc api',
    maxConnections: API_CONNECTIONS,
    answerTimeoutMs: ANSWER_TIMEOUT_MS,
  })
  const version = readVersion()
  metrics.watchPool('api', pool)
  metrics.watchStore(version, async () => {
    const [stats, postgres] = await Promise.all([readStats(pool), readServerVersion(pool)])
    return { ...stats, postgres }
  })
  try {
    const api = await createApi({
      pool,
      listenUrl: database.listenUrl,
      version,
      crashLimit: config.crashLimit,
      token: config.apiToken,
      allowReset: config.apiAllowReset,
      corsOrigins: config.apiCorsOrigins ?? [],
      trustedProxies: config.apiTrustedProxies ?? [],
      readiness,
      log,
      emit,
      metrics: () => metrics.render(),
    })
    const taken = await api.listen(address)
    const url = `http://${addressText(taken)}`
    log.info({ event: 'http.listening', url }, `the API listens on ${url}, ${url}/docs shows it`)
    try {
      return await work(api)
    } finally {
      await api.close()
      log.info({ event: 'http.closed' }, 'the API is closed')
    }
  } finally {
    await Promise.race([pool.end(), new Promise((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS).unref())])
  }
}
