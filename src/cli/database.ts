// The database of a command: the one of DATABASE_URL or the embedded one, opened, used, and given back at the end.
import { requireCurrentSchema } from '../db/migrate.ts'
import { createPool, type Pool, redact, requireConnection } from '../db/pool.ts'
import { ExpectedError } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import { duration } from '../telemetry/words.ts'
import type { Config } from './config.ts'
import { unlessAborted } from './interruptible.ts'
import type { COMMON } from './settings.ts'
import { type Spinner, startSpinner } from './spinner.ts'
import type { Terminal } from './terminal.ts'

/** A query that a signal interrupted keeps its connection busy; the exit of the process ends it. */
const CLOSE_TIMEOUT_MS = 500

export interface Database {
  readonly url: string
  readonly listenUrl: string
  readonly pool: Pool
  /** The absolute path of the embedded database; undefined where it is another one. */
  readonly home: string | undefined
}

export interface Session {
  readonly config: Config<(typeof COMMON)[number]>
  readonly terminal: Terminal
  /** A quiet session needs none. */
  readonly log: Log | null
  /** Shown by `pg_stat_activity`. */
  readonly applicationName: string
  /** Throws when the command cannot work on this database. Nothing is logged before, so an error stands alone. */
  readonly check: (database: Database) => Promise<unknown>
  /** Reading commands are quiet about how they got there. */
  readonly isQuiet?: boolean
  /** An engine runs on it. */
  readonly isForEngine?: boolean
  /** Makes the embedded database where there is none. All others refuse: theirs is likely to be elsewhere. */
  readonly makesDatabase?: boolean
  /** When it is aborted the session ends, with the reason of the signal. */
  readonly signal: AbortSignal
  /** Once it has the database, `use` hears the signal itself and ends when it likes. */
  readonly endsItself?: boolean
}

/** Gives `use` a database that answers. Throws what the user can mend; whatever happens, the database is given back. */
export async function withDatabase<T>(session: Session, use: (database: Database) => Promise<T>): Promise<T> {
  const { config, terminal } = session
  if (config.databaseUrl !== undefined) {
    const spinner = await startSpinner(terminal, `connecting to ${redact(config.databaseUrl)}`)
    const { databaseUrl: url } = config
    return withPool(session, { url, home: undefined }, `connected to ${redact(url)}`, spinner, use)
  }
  const home = await requireEmbedded(session)
  const { url, text, spinner } = await startServer(session)
  try {
    return await withPool(session, { url, home }, text, spinner, use)
  } finally {
    const { releaseEmbedded } = await import('../postgres/embedded.ts')
    await releaseEmbedded({ home: config.home })
  }
}

async function withPool<T>(
  { config, signal, applicationName, check, log, isQuiet, isForEngine = false, endsItself }: Session,
  { url, home }: Pick<Database, 'url' | 'home'>,
  connected: string,
  spinner: Spinner,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  const pool = createPool({ url, applicationName, plansAlongIndexes: isForEngine })
  const database = { url, listenUrl: config.listenDatabaseUrl ?? url, pool, home }
  try {
    await unlessAborted(signal, requireConnection(pool, url))
    await unlessAborted(signal, check(database))
    spinner.stop()
    log?.[isQuiet ? 'debug' : 'info']({ event: 'database' }, connected)
    return await (endsItself ? use(database) : unlessAborted(signal, use(database)))
  } finally {
    spinner.stop()
    await Promise.race([pool.end(), new Promise((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS).unref())])
  }
}

const ELSEWHERE = '; or, if your tasks are elsewhere, set DATABASE_URL or TASKPROC_HOME'

/** Throws unless the database has the schema of this program; says which one it is where nobody named it. */
export function requireSchema({ pool, home }: Database): Promise<void> {
  return home === undefined
    ? requireCurrentSchema(pool)
    : requireCurrentSchema(pool, `the embedded database in ${home}`, `Run: taskproc migrate${ELSEWHERE}`)
}

/** Where the embedded database is. A look is no reason to make 40 MB of it in whatever directory somebody is. */
async function requireEmbedded({ config, makesDatabase }: Session): Promise<string> {
  const { findEmbedded } = await import('../postgres/embedded.ts')
  const { home, exists } = await findEmbedded(config)
  if (exists || makesDatabase) return home
  const hint = `To make one here, run: taskproc migrate${ELSEWHERE}`
  throw new ExpectedError(`there is no embedded database in ${home} yet`, hint)
}

async function startServer({
  config,
  terminal,
  signal,
}: Session): Promise<{ url: string; text: string; spinner: Spinner }> {
  const startedMs = performance.now()
  const spinner = await startSpinner(terminal, 'connecting to the embedded PostgreSQL')
  try {
    const { startEmbedded } = await import('../postgres/embedded.ts')
    const { url, startedByUs } = await startEmbedded({
      home: config.home,
      signal,
      onEvent: ({ type }) => {
        if (type === 'initializing') spinner.update('creating the embedded PostgreSQL')
        if (type === 'starting') spinner.update('starting the embedded PostgreSQL')
      },
    })
    const took = duration(performance.now() - startedMs)
    const text = startedByUs
      ? `started the embedded PostgreSQL in ${took}`
      : 'connected to the embedded PostgreSQL'
    return { url, text, spinner }
  } catch (thrown) {
    spinner.stop()
    throw thrown
  }
}
