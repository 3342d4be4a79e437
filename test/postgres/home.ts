// A home for the server of one test, stopped and removed at its end.
import { join } from 'node:path'
import { stopEmbedded } from '../../src/postgres/embedded.ts'
import { atTestEnd, tempDir } from '../support/end.ts'

/** Below `parent`, or in a new directory. */
export function tempHome(parent: string = tempDir()): string {
  const home = join(parent, '.taskproc')
  atTestEnd(() => stopEmbedded({ home }).catch(() => {}))
  return home
}
