// Where a measurement runs: a scratch database beside the user's, or rows of its own in it. Gone afterwards, also after a Ctrl+C.
import { randomBytes } from 'node:crypto'
import { deleteTrialRows } from '../../db/bench/left-rows.ts'
import { holdMark } from '../../db/bench/mark.ts'
import { readServerFacts } from '../../db/bench/meter.ts'
import { createScratch, dropScratch, inDatabase, type Scratch } from '../../db/bench/scratch.ts'
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
import { removeLeftDatabases, removeLeftRows } from './leftovers.ts'
import { BENCH_KIND } from './messages.ts'

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
  await removeLeftDatabases(url, warn)
  await removeLeftRows(database, warn)
  if (!isInPlace) {
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
  const queue = `${BENCH_KIND}-${randomBytes(6).toString('hex')}`
  const pool = createPool({ url, applicationName: `taskproc bench meter ${queue}`, maxConnections: 1 })
  const owned: TaskId[] = []
  // Before the first row is there: nobody takes them for left behind.
  const unmark = kind === 'in_place' ? await holdMark(url, queue) : undefined
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
      await deleteTrialRows(pool, { queue, taskIds: owned })
    }
    await pool.end()
    await unmark?.()
  }
}
