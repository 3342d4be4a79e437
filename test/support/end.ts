// Undoing what a test made, whether it passed or not: child processes and directories.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const atFileEnd: (() => unknown)[] = []

/** Undoes what was made outside of a test. `file-end.ts` calls it. */
export async function endFile(): Promise<void> {
  for (const undo of atFileEnd.splice(0).reverse()) await undo()
}

/** Calls `undo` when the running test ends; outside of a test (in a hook or at the top of a file), when the file does. */
export function atTestEnd(undo: () => unknown): void {
  try {
    onTestFinished(async () => {
      await undo()
    })
  } catch {
    atFileEnd.push(undo)
  }
}

/**
 * A new empty directory below `parent`, removed when the test ends. Other users may enter it: an embedded server does when
 * we are root.
 */
export function tempDir(parent: string = tmpdir()): string {
  const dir = mkdtempSync(join(parent, 'taskproc-'))
  chmodSync(dir, 0o755)
  atTestEnd(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }))
  return dir
}
