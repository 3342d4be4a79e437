// taskproc serve: runs tasks until a signal, or until nothing is left to run.
import { createEngine } from '../../engine/engine.ts'
import { EXIT, type ExitStatus, ExpectedError } from '../../errors.ts'
import { createObserver } from '../../telemetry/observe.ts'
import { flushTraces } from '../../telemetry/trace.ts'
import { listenWithMetrics } from '../api/events.ts'
import { withApi } from '../api/server.ts'
import { type Flags, readConfig } from '../config.ts'
import { requireSchema, withDatabase } from '../database.ts'
import { createCommandLog } from '../logging.ts'
import { keepNurserySmall } from '../nursery.ts'
import { uniqueName } from '../process-name.ts'
import { sayWhatWaits } from '../serve/left.ts'
import { watchReadiness } from '../serve/readiness.ts'
import { readRegistry } from '../serve/registry.ts'
import { createShutdown } from '../serve/shutdown.ts'
import { API_GUARD } from '../settings/api-settings.ts'
import { SERVE } from '../settings/serve-settings.ts'
import { COMMON } from '../settings.ts'
import type { Terminal } from '../terminal.ts'
import { unlessUnawaited } from '../unawaited.ts'
import { readVersion } from '../version.ts'

/** Exit status: ok when drained, drainTimedOut when running tasks had to be stopped and were given back. */
export async function runServe(flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  keepNurserySmall(terminal)
  const config = readConfig('serve', [...COMMON, ...SERVE, ...API_GUARD], flags, terminal)
  if (config.http !== undefined)
    (await import('../../http/listening.ts')).requireGuard(config.http, config.apiToken)
  const registry = await readRegistry(config, terminal)
  const log = await createCommandLog(config, terminal)
  const listening = config.http === undefined ? undefined : await listenWithMetrics(log)
  const shutdown = createShutdown(terminal, log)
  const session = {
    config,
    terminal,
    log,
    applicationName: 'taskproc serve',
    check: requireSchema,
    isForEngine: true,
    signal: shutdown.beforeServe,
  }
  try {
    const { aborted, unsettled } = await withDatabase(session, (database) => {
      const { emit, reasons } = watchReadiness(listening?.emit ?? createObserver(log))
      const engine = createEngine({
        ...config,
        pool: database.pool,
        databaseUrl: database.url,
        listenUrl: database.listenUrl,
        registry,
        name: config.processName ?? uniqueName(),
        version: readVersion(),
        queues: config.queues ?? null,
        emit,
      })
      const serve = async () => {
        const report = await unlessUnawaited(shutdown.serve(engine))
        if (shutdown.isAsked()) await sayWhatWaits(database.pool, config.queues, flags, terminal)
        return report
      }
      if (config.http === undefined || listening === undefined) return serve()
      listening.metrics.watchEngine(() => engine.status())
      listening.metrics.watchPool('engine', database.pool)
      // It goes on answering while the engine drains, and says that it is not ready.
      return withApi({ address: config.http, config, database, log, listening, readiness: reasons }, serve)
    })
    if (unsettled > 0) throw notWritten(unsettled)
    return aborted > 0 ? EXIT.drainTimedOut : EXIT.ok
  } catch (thrown) {
    if (shutdown.beforeServe.aborted && thrown === shutdown.beforeServe.reason) return EXIT.ok
    throw thrown
  } finally {
    await flushTraces()
  }
}

function notWritten(outcomes: number): ExpectedError {
  return new ExpectedError(
    `the database could not be reached: ${outcomes} outcomes could not be written`,
    'Their tasks run again when the lease of this process is over, on any process that is up.',
  )
}
