// Where a measurement runs: a scratch database beside the user's, or rows of its own in it. Gone afterwards, also after a Ctrl+C.
import { randomBytes } from 'node:crypto'
import { readServerFacts } from '../../db/bench/meter.ts'
import {
  createScratch,
  dropLeftovers,
  dropScratch,
  inDatabase,
  type Scratch,
} from '../../db/bench/scratch.ts'
import { deleteTrial } from '../../db/bench/trial.ts'
import { migrate, requireCurrentSchema } from '../../db/migrate.ts'
import { connectionError, createPool, type Pool } from '../../db/pool.ts'
import { ExpectedError } from '../../errors.ts'
import type { TaskId } from '../../task/task.ts'
import type { Config } from '../config.ts'
import { type Database, requireSchema, withDatabase } from '../database.ts'
import { interruptible } from '../interruptible.ts'
import { createCommandLog } from '../logging.ts'
import type { COMMON } from '../settings.ts'
import { startSpinner } from '../spinner.ts'
import type { Terminal } from '../terminal.ts'
import { findPostmaster } from './cpu.ts'
import type { BenchDocument } from './document.ts'
import { environmentOf } from './environment.ts'
import { BENCH_KIND } from './messages.ts'

/** A benchmark that was killed may have left its database; one that runs is connected to its own. */
const LEFTOVER_AGE_MS = 3_600_000
/** Rows are taken away in small bites, so that nobody waits for a lock. */
const ROWS_PER_DELETE = 1_000

export type StageConfig = Config<(typeof COMMON)[number] | 'inPlace'>

export interface Stage {
  readonly config: StageConfig
  readonly url: string
  readonly listenUrl: string
  /** For what measures; it carries no load. */
  readonly pool: Pool
  readonly queue: string
  readonly signal: AbortSignal
  readonly environment: BenchDocument['environment']
  readonly postmaster: number | null
  /** These rows are deleted at the end where the place is the user's database. */
  own(ids: readonly TaskId[]): void
  /** What is going on, for who watches. */
  note(text: string): void
}

/** Makes the place, and takes it away whatever happens. An interruption ends `use` with the reason of the signal. */
export async function onStage<T>(
  config: StageConfig,
  terminal: Terminal,
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  const log = await createCommandLog(config, terminal)
  return interruptible((signal) => {
    const session = { config, terminal, log, applicationName: 'taskproc bench', isQuiet: true, signal }
    const check = async (database: Database) => config.inPlace && requireSchema(database)
    return withDatabase(
      { ...session, check, makesDatabase: !config.inPlace, endsItself: true },
      async (database) => {
        const spinner = await startSpinner(terminal, 'preparing')
        const warn = (text: string) => log.warn({ event: 'bench' }, text)
        const act = (place: Place) => play(place, { config, signal, note: spinner.update }, use)
        try {
          return await inScratchOrPlace(database, { isInPlace: config.inPlace, warn }, act)
        } catch (thrown) {
          throw thrown instanceof ExpectedError ? thrown : (connectionError(thrown, database.url) ?? thrown)
        } finally {
          spinner.stop()
        }
      },
    )
  }, NOTHING_STAYS)
}

/** What an interrupted measurement says. */
export const NOTHING_STAYS = 'Nothing of it is left in the database, and its figures are lost.'

interface Place extends Pick<Database, 'url' | 'listenUrl'> {
  readonly kind: 'scratch' | 'in_place'
}

async function inScratchOrPlace<T>(
  database: Database,
  { isInPlace, warn }: { isInPlace: boolean; warn: (text: string) => void },
  act: (place: Place) => Promise<T>,
): Promise<T> {
  const { url, listenUrl } = database
  if (!isInPlace) {
    await dropLeftovers(url, LEFTOVER_AGE_MS)
    const scratch = await createScratch(url, new Date())
    if (scratch !== null) {
      try {
        await migrate(scratch.url)
        return await act(placeOf(scratch, listenUrl))
      } finally {
        await dropScratch(url, scratch)
      }
    }
    warn('this role may not create databases: the rows of the benchmark are put into this one')
    await requireCurrentSchema(database.pool)
  }
  return act({ kind: 'in_place', url, listenUrl })
}

function placeOf({ name, url }: Scratch, listenUrl: string): Place {
  return { kind: 'scratch', url, listenUrl: inDatabase(listenUrl, name) }
}

async function play<T>(
  { kind, url, listenUrl }: Place,
  given: Pick<Stage, 'config' | 'signal' | 'note'>,
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  const pool = createPool({ url, applicationName: 'taskproc bench meter', maxConnections: 1 })
  const queue = `${BENCH_KIND}-${randomBytes(6).toString('hex')}`
  const owned: TaskId[] = []
  try {
    const server = await readServerFacts(pool)
    const environment = environmentOf(server, kind)
    const own = (ids: readonly TaskId[]) => {
      if (kind === 'in_place') for (const id of ids) owned.push(id)
    }
    const stage = {
      ...given,
      url,
      listenUrl,
      pool,
      queue,
      environment,
      postmaster: findPostmaster(server),
      own,
    }
    // It ends by itself when the signal is aborted: only then is it known what is to be taken away.
    return await use(stage)
  } finally {
    if (kind === 'in_place') {
      given.note('deleting the rows of the benchmark')
      for (let at = 0; at === 0 || at < owned.length; at += ROWS_PER_DELETE)
        await deleteTrial(pool, { queue, taskIds: owned.slice(at, at + ROWS_PER_DELETE) })
    }
    await pool.end()
  }
}
