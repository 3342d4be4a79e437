// taskproc bench race: many ask for tasks at the same instant, and each task must be given once.
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { deleteTrialRows } from '../../../db/bench/left-rows.ts'
import { holdMark } from '../../../db/bench/mark.ts'
import { readServerFacts } from '../../../db/bench/meter.ts'
import { countDone, hasProcess } from '../../../db/bench/trial.ts'
import { enqueue } from '../../../db/enqueue.ts'
import type { Pool } from '../../../db/pool.ts'
import { connectionError } from '../../../db/pool.ts'
import { verify } from '../../../db/verify.ts'
import { EXIT, type ExitStatus, ExpectedError } from '../../../errors.ts'
import { LIMITS } from '../../../task/limits.ts'
import type { TaskId } from '../../../task/task.ts'
import { type Config, type Flags, readConfig } from '../../config.ts'
import { type Database, requireSchema, withDatabase } from '../../database.ts'
import { interruptible } from '../../interruptible.ts'
import { createCommandLog } from '../../logging.ts'
import { printJson } from '../../output.ts'
import { RACE } from '../../settings/bench-settings.ts'
import { COMMON } from '../../settings.ts'
import type { Terminal } from '../../terminal.ts'
import { environmentOf } from '../environment.ts'
import { removeLeftRows } from '../leftovers.ts'
import { requirePlotFile, writePlotFile } from '../plot/plot-file.ts'
import { NOTHING_STAYS } from '../stage.ts'
import { apiClaimer } from './api-claimer.ts'
import { apiClient } from './api-client.ts'
import { type Claimer, RACE_KIND } from './claimer.ts'
import { plotRace } from './race-plot.ts'
import { document, faults, printRace, type Race } from './race-report.ts'
import { playRound, type Round } from './round.ts'
import { sqlClaimer } from './sql-claimer.ts'

type RaceConfig = Config<(typeof COMMON)[number] | (typeof RACE)[number] | 'plot' | 'apiToken'>

/** Exit status: operational where a task was given twice or to nobody, or where a count of verify is not 0. */
export async function runRace(flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const config = readConfig('bench race', [...COMMON, ...RACE, 'plot', 'apiToken'], flags, terminal)
  const plotFile = config.plot === undefined ? undefined : resolve(terminal.cwd, config.plot)
  if (plotFile !== undefined) await requirePlotFile(plotFile)
  const log = await createCommandLog(config, terminal)
  const applicationName = 'taskproc bench race'
  const race = await interruptible(async (signal) => {
    // Once the race has begun, an interruption ends it by way of its own cleaning up.
    const startup = new AbortController()
    const stop = () => startup.abort(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    const session = {
      config,
      terminal,
      log,
      applicationName,
      check: requireSchema,
      isQuiet: true,
      signal: startup.signal,
    }
    return withDatabase(session, async (database) => {
      await removeLeftRows(database, (line) => log.warn({ event: 'bench' }, line))
      signal.removeEventListener('abort', stop)
      return play(config, database, signal)
    })
  }, NOTHING_STAYS)
  if (flags['json']) printJson(terminal, document(race))
  else printRace(terminal, race)
  if (plotFile !== undefined) await writePlotFile(plotFile, plotRace(race))
  return faults(race).length === 0 ? EXIT.ok : EXIT.operational
}

async function play(config: RaceConfig, { pool, url }: Database, signal: AbortSignal): Promise<Race> {
  const queue = `${RACE_KIND}-${randomBytes(6).toString('hex')}`
  const taskIds: TaskId[] = []
  const claimers: Claimer[] = []
  const started_at = new Date().toISOString()
  // Before the first row is there: nobody takes them for left behind.
  const unmark = await holdMark(url, queue)
  try {
    const environment = environmentOf(await readServerFacts(pool), 'in_place')
    await gather(claimers, config, { pool, url, queue, signal })
    const rounds: Round[] = []
    for (let round = 0; round < config.rounds; round++) {
      const ids = await enqueueAll(pool, queue, config.raceTasks)
      taskIds.push(...ids)
      rounds.push(await playRound(claimers, ids.length, signal))
    }
    const done = await countDone(pool, taskIds)
    const { checks } = await verify(pool)
    const settings = {
      claimers: config.claimers,
      tasks: config.raceTasks,
      rounds: config.rounds,
      url: config.apiUrl ?? null,
    }
    const setting = { started_at, settings, environment }
    return { ...setting, through: config.apiUrl ?? 'SQL', claimers: config.claimers, rounds, done, checks }
  } catch (thrown) {
    throw signal.aborted ? signal.reason : (connectionError(thrown, url) ?? thrown)
  } finally {
    await Promise.all(claimers.filter(Boolean).map((claimer) => claimer.leave()))
    await deleteTrialRows(pool, { queue, taskIds })
    await unmark()
  }
}

interface Arena {
  readonly pool: Pool
  readonly url: string
  readonly queue: string
  readonly signal: AbortSignal
}

/** Fills `claimers` with all that are to race, each connected and registered. */
async function gather(
  claimers: Claimer[],
  { claimers: total, apiUrl, apiToken }: RaceConfig,
  { pool, url, queue, signal }: Arena,
): Promise<void> {
  const client = apiUrl === undefined ? undefined : apiClient(apiUrl, apiToken, signal)
  const join = async (index: number) => {
    const name = `${queue}-${index + 1}`
    const claimer = client ? await apiClaimer(client, name, queue) : await sqlClaimer(url, name, queue)
    claimers[index] = claimer
    return claimer
  }
  const first = await join(0)
  if (client && !(await hasProcess(pool, first.processId, first.name))) throw elsewhere(client.url)
  const joins = Array.from({ length: total - 1 }, (_, index) => join(index + 1))
  await Promise.allSettled(joins)
  await Promise.all(joins)
}

function elsewhere(url: string): ExpectedError {
  return new ExpectedError(
    `the API at ${url} uses another database than this command`,
    'Set DATABASE_URL to the one that the API uses: tasks are inserted and checked there.',
    EXIT.usage,
  )
}

async function enqueueAll(pool: Pool, queue: string, total: number): Promise<TaskId[]> {
  const ids: TaskId[] = []
  while (ids.length < total) {
    const size = Math.min(LIMITS.batchRows, total - ids.length)
    const batch = Array.from({ length: size }, () => ({ kind: RACE_KIND, queue, maxAttempts: 1 }))
    ids.push(...(await enqueue(pool, batch)).filter((id) => id !== null))
  }
  return ids
}
