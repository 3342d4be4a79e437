// Connections to the database: one small pool for each process, whatever its workers, and its errors in words.
import pg from 'pg'
import { codeOf, EXIT, ExpectedError } from '../errors.ts'
import { taskId } from '../task/task.ts'
import { planAlongIndexes } from './planned.ts'

export type Pool = pg.Pool

/** A claim, two settlements and a look at the table at once; more would only wait for the same rows. */
export const POOL_CONNECTIONS = 4
const CONNECT_TIMEOUT_MS = 5_000
/** A statement of ours is short. Behind a cut network this is what ends the wait for an answer that never comes. */
const ANSWER_TIMEOUT_MS = 30_000

export interface ConnectionOptions {
  url: string
  /** What `pg_stat_activity` shows. */
  applicationName: string
  maxConnections?: number
  /** After this long without an answer a statement counts as failed. */
  answerTimeoutMs?: number
  connectTimeoutMs?: number
}

export interface PoolOptions extends ConnectionOptions {
  /** For an engine, whose statements all have an index to go along: their plans are kept. */
  plansAlongIndexes?: boolean
}

/** A pool. Idle connections that break are replaced silently; a query that breaks throws to its caller. */
export function createPool(options: PoolOptions): Pool {
  const pool: Pool = new pg.Pool({
    ...connection(options),
    max: options.maxConnections ?? POOL_CONNECTIONS,
    // Whoever is idle for longer than pg keeps a connection (10 s) would open one for each look, and again for the next task.
    min: 1,
    onConnect: (client) => (options.plansAlongIndexes ? planAlongIndexes(pool, client) : undefined),
  })
  // Without a listener, the loss of an idle connection would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** One connection of its own, for LISTEN, beats and migrations; not connected yet. */
export function createClient(options: ConnectionOptions): pg.Client {
  return new pg.Client(connection(options))
}

function connection({
  url,
  applicationName,
  answerTimeoutMs = ANSWER_TIMEOUT_MS,
  connectTimeoutMs = CONNECT_TIMEOUT_MS,
}: ConnectionOptions): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: answerTimeoutMs,
    keepAlive: true,
    types: { getTypeParser: parserFor },
  }
}

const INT8 = 20
const parserFor: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === INT8 ? taskId : pg.types.getTypeParser(oid, format as 'text')

/** Opens one connection and closes over nothing; throws the ExpectedError that says why it cannot. */
export async function requireConnection(pool: Pool, url: string): Promise<void> {
  try {
    await pool.query('select 1')
  } catch (thrown) {
    throw connectionError(thrown, url) ?? thrown
  }
}

/** `thrown` as an expected error where it says that the database cannot be reached or entered. */
export function connectionError(thrown: unknown, url: string): ExpectedError | undefined {
  if (!(thrown instanceof Error)) return undefined
  const code = codeOf(thrown)
  const hint =
    HINTS[code] ?? (/timeout|terminated|ended/i.test(thrown.message) ? HINTS['ECONNREFUSED'] : undefined)
  if (hint === undefined) return undefined
  const reason = thrown.message || code
  return new ExpectedError(
    `cannot use the database at ${redact(url)}: ${reason}`,
    hint,
    EXIT.operational,
    thrown,
  )
}

const CHECK_SERVER =
  'Check that PostgreSQL runs there and that DATABASE_URL names its host and port; unset DATABASE_URL to use the embedded one.'
const HINTS: Record<string, string> = {
  ECONNREFUSED: CHECK_SERVER,
  ENOENT: CHECK_SERVER,
  ENOTFOUND: CHECK_SERVER,
  EAI_AGAIN: CHECK_SERVER,
  ETIMEDOUT: CHECK_SERVER,
  EHOSTUNREACH: CHECK_SERVER,
  ENETUNREACH: CHECK_SERVER,
  ECONNRESET: CHECK_SERVER,
  EACCES: CHECK_SERVER,
  '28P01': 'Check the user and the password in DATABASE_URL.',
  '28000': 'Check the user in DATABASE_URL and the rules in pg_hba.conf.',
  '3D000': 'Create the database (createdb NAME), or name an existing one in DATABASE_URL.',
  '53300': 'Every connection of the server is in use: raise max_connections, or run fewer processes.',
  '57P03': 'The server is starting or stopping; try again in a moment.',
  '57P01': 'The server is shutting down; try again in a moment.',
}

/** A connection URL without its password, fit for logs. */
export function redact(url: string): string {
  try {
    const parsed = new URL(url)
    if (parsed.password) parsed.password = '***'
    if (parsed.searchParams.has('password')) parsed.searchParams.set('password', '***')
    return parsed.href
  } catch {
    return 'DATABASE_URL'
  }
}
