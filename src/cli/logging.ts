// The log of a command: readable on a terminal, JSON lines otherwise, on stderr.
import { createLog, type Log } from '../telemetry/log.ts'
import type { Config } from './config.ts'
import { isDecorated, isScreen, type Terminal } from './terminal.ts'

/** Where it is readable it has colours too, unless they are not wanted. */
export function createCommandLog({ logLevel }: Config<'logLevel'>, { stderr, env }: Terminal): Promise<Log> {
  return createLog({
    stream: stderr,
    level: logLevel,
    isReadable: isScreen(stderr),
    hasColour: isDecorated(stderr, env),
  })
}
