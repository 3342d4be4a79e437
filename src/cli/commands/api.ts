// taskproc api: the HTTP side alone, until a signal.
import { EXIT, type ExitStatus } from '../../errors.ts'
import { requireGuard } from '../../http/listening.ts'
import type { Api } from '../../http/server.ts'
import { count } from '../../telemetry/words.ts'
import { listenWithMetrics } from '../api/events.ts'
import { withApi } from '../api/server.ts'
import { type Flags, readConfig } from '../config.ts'
import { requireSchema, withDatabase } from '../database.ts'
import { createCommandLog } from '../logging.ts'
import { API, API_GUARD } from '../settings/api-settings.ts'
import { COMMON } from '../settings.ts'
import { listenForSignals } from '../signals.ts'
import type { Terminal } from '../terminal.ts'

/** The first signal finishes the requests in flight, a second one cuts them off. */
export async function runApi(flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const config = readConfig('api', [...COMMON, ...API, ...API_GUARD], flags, terminal)
  const address = { host: config.apiHost, port: config.apiPort }
  requireGuard(address, config.apiToken)
  const log = await createCommandLog(config, terminal)
  const listening = await listenWithMetrics(log)

  const startup = new AbortController()
  const stopping = new AbortController()
  let api: Api | undefined
  // Until the process ends: a signal that comes while the last lines are written must not turn an exit status into a death.
  listenForSignals({
    stop: (signal) => {
      const finishing = api?.inFlight ? `, finishing ${count(api.inFlight, 'request')}` : ''
      log.info({ event: 'signal', signal }, `received ${signal}${finishing}`)
      if (api === undefined) startup.abort(new Error(`stopped by ${signal} before serving`))
      stopping.abort()
    },
    abort: () => {
      log.warn({ event: 'signal' }, 'aborting: open requests are cut off')
      api?.abort()
    },
  })

  const session = {
    config,
    terminal,
    log,
    applicationName: 'taskproc api',
    check: requireSchema,
    signal: startup.signal,
  }
  try {
    await withDatabase(session, (database) =>
      withApi({ address, config, database, log, listening }, async (serving) => {
        api = serving
        await aborted(stopping.signal)
      }),
    )
  } catch (thrown) {
    if (!startup.signal.aborted || thrown !== startup.signal.reason) throw thrown
  }
  return EXIT.ok
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
