// The server that taskproc brings itself, in a directory of its own: never the one of a project that is in use.
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { releaseEmbedded, startEmbedded, stopEmbedded } from '../../src/postgres/embedded.ts'
import type { Server } from './server.ts'

const HOME_PREFIX = join(tmpdir(), 'taskproc-test-')

export async function startEmbeddedServer(): Promise<Server> {
  await sweep()
  const home = await mkdtemp(HOME_PREFIX)
  await chmod(home, 0o755)
  const { url } = await startEmbedded({ home })
  const stop = async () => {
    await stopEmbedded({ home })
    await remove(home)
  }
  return { kind: 'embedded', url, stop }
}

/** A test run that was interrupted or killed leaves its server behind. The next one stops it, when nobody uses it. */
async function sweep(): Promise<void> {
  const names = await readdir(tmpdir())
  const homes = names.map((name) => join(tmpdir(), name)).filter((path) => path.startsWith(HOME_PREFIX))
  for (const home of homes) {
    // One that belongs to another user is theirs to sweep.
    const wasStopped = await releaseEmbedded({ home }).catch(() => false)
    if (wasStopped) await remove(home)
  }
}

async function remove(home: string): Promise<void> {
  await rm(home, { recursive: true, force: true, maxRetries: 5 })
}
