// The engine for programs that import it: sensible defaults, checked options, a database of its own to talk to.
// It listens to no signals and never ends the process; that is for the program to decide.
import { readVersion } from '../cli/version.ts'
import { requireCurrentSchema } from '../db/migrate.ts'
import { createPool, requireConnection } from '../db/pool.ts'
import { createEngine as createCoreEngine } from '../engine/engine.ts'
import type { DrainReport, Engine } from '../engine/options.ts'
import { noTotals } from '../task/totals.ts'
import { type Logger, listenerOf, type OnEvent } from './listener.ts'
import { type EngineSettings, readEngineSettings } from './settings.ts'

export type EngineOptions<Payloads> = EngineSettings<Payloads> & {
  /** Hears everything that happens. */
  readonly onEvent?: OnEvent
  /** Gets the lines that `taskproc serve` writes; one of pino or like it. Default: silent. */
  readonly logger?: Logger
}

/**
 * An engine that runs `handlers` on the database at `databaseUrl`. Nothing is opened before `start`, which throws an
 * ExpectedError where the database cannot be used. `drain` stops taking and lets what runs finish, `abort` gives it back;
 * `finished` resolves when the engine has stopped and has let go of its connections. Throws at once, naming every
 * wrong option.
 */
export function createEngine<Payloads extends Record<string, unknown>>(
  options: EngineOptions<Payloads>,
): Engine {
  const { databaseUrl, ...settings } = readEngineSettings(options)
  const pool = createPool({
    url: databaseUrl,
    applicationName: `taskproc ${settings.name}`,
    plansAlongIndexes: true,
  })
  const core = createCoreEngine({
    ...settings,
    pool,
    databaseUrl,
    version: readVersion(),
    emit: listenerOf(options),
  })
  let starting: Promise<void> | undefined
  let isOver = false
  let endUnstarted: () => void = () => {}
  const unstarted = new Promise<DrainReport>((resolve) => {
    endUnstarted = () => {
      isOver = true
      resolve({ aborted: 0, timedOut: false, unsettled: 0, totals: noTotals() })
    }
  })

  async function begin(): Promise<void> {
    try {
      await requireConnection(pool, databaseUrl)
      await requireCurrentSchema(pool)
      await core.start()
    } catch (thrown) {
      endUnstarted()
      throw thrown
    }
  }

  /** A stop that comes while it starts is heard when it has; one that comes before is its end. */
  function stop(how: () => void): void {
    if (starting === undefined) {
      starting = Promise.reject(new Error('this engine was stopped before it was started'))
      endUnstarted()
    }
    starting.then(how, () => {})
  }

  return {
    start: () => (starting ??= begin()),
    drain: () => stop(core.drain),
    abort: () => stop(core.abort),
    finished: Promise.race([core.finished, unstarted]).finally(() => pool.end()),
    status: () => (isOver ? { ...core.status(), state: 'stopped' } : core.status()),
  }
}
