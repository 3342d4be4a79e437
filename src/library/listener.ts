// What an engine inside of another program tells it: events, log lines, or nothing.
import type { Emit, EventName, Events } from '../task/events.ts'
import type { Log } from '../telemetry/log.ts'
import { createObserver } from '../telemetry/observe.ts'

export type OnEvent = <Name extends EventName>(name: Name, event: Events[Name]) => void

/** What pino makes, and others in its way: fields first, then the sentence. */
export interface Logger {
  debug(fields: object, text: string): void
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
  isLevelEnabled?(level: string): boolean
}

/** A fault in a listener is shown as a warning of the process; no task fails for it. */
export function listenerOf({
  onEvent,
  logger,
}: {
  onEvent?: OnEvent | undefined
  logger?: Logger | undefined
}): Emit {
  const observe: Emit = logger === undefined ? () => {} : createObserver(logOf(logger))
  return (name, event) => {
    try {
      observe(name, event)
      onEvent?.(name, event)
    } catch (thrown) {
      process.emitWarning(thrown instanceof Error ? thrown : String(thrown))
    }
  }
}

/** The sentences of the observer, to a logger that need not know the levels of pino. */
function logOf(logger: Logger): Log {
  const isLevelEnabled = (level: string) => logger.isLevelEnabled?.(level) ?? true
  const to = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, text: string) =>
    logger[level](fields, text)
  return { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error'), isLevelEnabled } as Log
}
