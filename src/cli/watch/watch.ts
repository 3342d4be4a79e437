// taskproc stats --watch: a live screen on a terminal, or with --json one document after the other.
import { redact } from '../../db/pool.ts'
import { EXIT, type ExitStatus } from '../../errors.ts'
import { type Flags, readConfig } from '../config.ts'
import { isCtrlC } from '../interruptible.ts'
import { COMMON } from '../settings.ts'
import { withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'
import { programName } from '../typed.ts'
import { unlessUnawaited } from '../unawaited.ts'
import { live } from './live.ts'
import { readLook } from './look.ts'
import { embeddedPlace } from './place.ts'
import { createScreen } from './screen.ts'
import { stream } from './stream.ts'

/** Exit status: ok when somebody left by q or Ctrl+C, or when nobody reads any more. */
export async function runWatch(flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const { intervalMs, databaseUrl, home } = readConfig('stats', [...COMMON, 'intervalMs'], flags, terminal)
  const common = { intervalMs, isExact: flags['exact'] === true }
  // Refused before the database is looked for.
  const screen = flags['json'] ? null : createScreen(terminal)
  const look = readLook(terminal)
  const place = databaseUrl === undefined ? embeddedPlace(home, terminal) : redact(databaseUrl)
  // What is thrown beside the screen is told when it is gone: on it, nobody could read it.
  const program = programName(terminal)
  const crashed = (bug: unknown): unknown => {
    screen?.leave()
    return bug
  }
  try {
    await withStore('stats', flags, terminal, (pool, signal, url) =>
      screen === null
        ? stream({ ...common, pool, url, terminal, signal })
        : unlessUnawaited(live({ ...common, pool, url, place, program, screen, look, signal }), crashed),
    )
  } catch (thrown) {
    if (!isCtrlC(thrown)) throw thrown
  }
  return EXIT.ok
}
