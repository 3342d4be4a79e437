// The log of a command: readable on a terminal, JSON lines otherwise, on stderr.
import type { Log } from '../telemetry/log.ts'
import type { Config } from './config.ts'
import { isDecorated, isScreen, type Terminal } from './terminal.ts'

/** Where it is readable it has colours too, unless they are not wanted. */
export async function createCommandLog(
  { logLevel }: Config<'logLevel'>,
  { stderr, env }: Terminal,
): Promise<Log> {
  const { createLog } = await import('../telemetry/log.ts')
  return createLog({
    stream: stderr,
    level: logLevel,
    isReadable: isScreen(stderr),
    hasColour: isDecorated(stderr, env),
  })
}

/** Of a command that logs at `debug` only; null where nobody would see it, and nothing is loaded for it. */
export async function createDebugLog(config: Config<'logLevel'>, terminal: Terminal): Promise<Log | null> {
  const isSeen = config.logLevel === 'debug' || config.logLevel === 'trace'
  return isSeen ? createCommandLog(config, terminal) : null
}
