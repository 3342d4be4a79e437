// From signals to the engine: the first drains it, a second one aborts it, and somebody who watches sees how far it is.
// SIGUSR2, or Enter on its terminal, asks what every worker is doing.
import type { DrainReport, Engine } from '../../engine/options.ts'
import type { Log } from '../../telemetry/log.ts'
import { listenForQuestions, listenForSignals } from '../signals.ts'
import type { Terminal } from '../terminal.ts'
import { showDrain } from './drain-progress.ts'
import { watchEnter } from './enter-key.ts'

/** How long a start that has begun may go on after a signal, so that it ends with a goodbye. */
const START_LIMIT_MS = 1_000

export interface Shutdown {
  /** Aborted by a signal that comes before `serve`: nothing has begun, so there is nothing to drain. */
  readonly beforeServe: AbortSignal
  /** Whether a signal has asked it to stop. */
  isAsked(): boolean
  /** Starts the engine and waits until it has stopped; signals drain and abort it. */
  serve(engine: Engine): Promise<DrainReport>
}

/**
 * Listens for signals from now on until the process ends: one that comes after the drain, while the last lines are
 * written, must not turn an exit status into a death by signal.
 */
export function createShutdown(terminal: Terminal, log: Log): Shutdown {
  const startup = new AbortController()
  let state: 'before' | 'starting' | 'serving' = 'before'
  let isAsked = false
  let engine: Engine | undefined
  let progress: Promise<() => void> | undefined

  listenForSignals({
    stop: (signal) => {
      isAsked = true
      log.info({ event: 'signal', signal }, `received ${signal}`)
      const stopStartup = () => startup.abort(new Error(`stopped by ${signal} before serving`))
      if (state === 'before') stopStartup()
      // It may wait for the lease of a namesake; nothing is claimed yet.
      else if (state === 'starting')
        setTimeout(() => state === 'starting' && stopStartup(), START_LIMIT_MS).unref()
      engine?.drain()
    },
    armed: () => {
      if (engine !== undefined) progress = showDrain(engine.status, terminal, log)
    },
    abort: () => {
      if (engine === undefined) return
      void progress?.then((hide) => hide())
      log.warn({ event: 'signal' }, 'aborting: running tasks are stopped and given back')
      engine.abort()
    },
  })

  const report = () => {
    const status = engine?.status()
    // Few are ever asked.
    void import('./worker-report.ts').then(({ writeReport }) => writeReport(status, terminal, log))
  }
  listenForQuestions(report)

  async function serve(starting: Engine): Promise<DrainReport> {
    state = 'starting'
    await starting.start()
    state = 'serving'
    engine = starting
    const unwatch = watchEnter(terminal, report)
    if (isAsked) engine.drain()
    try {
      return await engine.finished
    } finally {
      unwatch()
      engine = undefined
      const hide = await progress
      hide?.()
    }
  }

  return { beforeServe: startup.signal, isAsked: () => isAsked, serve }
}
