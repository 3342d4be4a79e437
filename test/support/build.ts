// The binary under test is built from src/. A stale build would let tests pass on code that is gone.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

const ROOT = join(import.meta.dirname, '../..')

/** Builds `dist/` when a source is newer than the build. A compiler error is shown and is no reason to stop. */
export async function buildIfStale(): Promise<void> {
  const built = await modifiedMs(join(ROOT, 'dist'))
  const sources = await modifiedMs(join(ROOT, 'src'))
  if (built.length > 0 && Math.max(...sources) <= Math.max(...built)) return
  await execa('npm', ['run', '--silent', 'build'], {
    cwd: ROOT,
    reject: false,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

async function modifiedMs(folder: string): Promise<number[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name))
  return Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).mtimeMs))
}
