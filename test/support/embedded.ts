// The server that taskproc brings itself, in a directory of its own: never the one of a project that is in use.
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { releaseEmbedded, startEmbedded, stopEmbedded } from '../../src/postgres/embedded.ts'
import { dataParent } from './memory.ts'
import type { PostgresServer } from './postgres-server.ts'

const HOME_PREFIX = 'taskproc-test-'

export async function startEmbeddedServer(): Promise<PostgresServer> {
  await sweep()
  const home = await mkdtemp(join(dataParent(), HOME_PREFIX))
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
  const homes = await Promise.all([...new Set([tmpdir(), dataParent()])].map(homesIn))
  for (const home of homes.flat()) {
    // One that belongs to another user is theirs to sweep.
    const wasStopped = await releaseEmbedded({ home }).catch(() => false)
    if (wasStopped) await remove(home)
  }
}

async function homesIn(parent: string): Promise<string[]> {
  const names = await readdir(parent)
  return names.filter((name) => name.startsWith(HOME_PREFIX)).map((name) => join(parent, name))
}

async function remove(home: string): Promise<void> {
  await rm(home, { recursive: true, force: true, maxRetries: 5 })
}
