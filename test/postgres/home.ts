// Homes for the servers of one test, stopped and removed at its end.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { startEmbedded, stopEmbedded } from '../../src/postgres/embedded.ts'
import { atTestEnd, tempDir } from '../support/end.ts'
import { dataParent } from '../support/memory.ts'

/** One that is not there yet, below `parent` or in a new directory. */
export function tempHome(parent: string = tempDir(dataParent())): string {
  const home = join(parent, '.taskproc')
  atTestEnd(() => stopEmbedded({ home }).catch(() => {}))
  return home
}

/**
 * One whose server has run and was stopped: a copy of `original`, with its owners and modes. To copy takes a tenth of a
 * second, to initialise seven.
 */
export function copyHome(original: string, parent?: string): string {
  const home = tempHome(parent)
  execFileSync('cp', ['-a', original, home])
  return home
}

/** One to copy. Called at the top of a file, it is there as long as the file. */
export async function originalHome(): Promise<string> {
  const home = tempHome()
  await startEmbedded({ home })
  await stopEmbedded({ home })
  return home
}
