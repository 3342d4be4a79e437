// Makes the data directory. It appears under its name only when it is complete.
import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ExpectedError } from '../errors.ts'
import type { Runtime } from './binaries.ts'
import { complaintIn } from './explain.ts'
import type { Home } from './home.ts'
import { run, spawnProgram } from './run.ts'

/**
 * On Linux the programs are given their working directory as the data directory. It is entered before root changes the
 * account, so the data may lie below a directory that the account may not enter, such as /root; and no path is too long.
 */
export const DATA_ARGUMENT = process.platform === 'linux' ? '/proc/self/cwd' : undefined

const INITDB_ARGUMENTS = [
  '--username=postgres',
  // Who reaches the socket, in a directory of mode 0700, may read the files too: a password would guard nothing.
  '--auth=trust',
  '--encoding=UTF8',
  // Built in: the same order of text on every system, and no locale of the system is needed.
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--no-instructions',
  // Done by syncCluster while the server starts already.
  '--no-sync',
  // Room for dozens of processes with their pools; an unused slot costs some 20 kB. fsync stays on, as everywhere.
  '--set=max_connections=200',
  '--set=timezone=UTC',
  // A line every five minutes would be all that the log says.
  '--set=log_checkpoints=off',
]

/** What tells of data written by any version: PostgreSQL puts it into every data directory, last of all in initdb. */
const VERSION_FILE = 'PG_VERSION'

/** Whether the cluster exists. Throws ExpectedError for data that the programs here cannot read. */
export function clusterExists(home: Home): boolean {
  // Not existsSync, which takes data of another user for none.
  if (lstatSync(join(home.data, VERSION_FILE), { throwIfNoEntry: false }) !== undefined) return true
  if (existsSync(home.data)) {
    throw new ExpectedError(
      `${home.data} is no PostgreSQL data directory`,
      'restore it, or move it away to start empty',
    )
  }
  const others = existsSync(home.directory) ? readdirSync(home.directory) : []
  const other = others.find((name) => /^postgres-\d+$/.test(name))
  if (other === undefined) return false
  throw new ExpectedError(
    `the data in ${join(home.directory, other)} are of another PostgreSQL version`,
    `dump them with the taskproc that wrote them, or move them away to start empty`,
  )
}

/** Initialises the cluster in a side directory and gives it its name. Call it with the lock held. */
export async function createCluster(home: Home, runtime: Runtime, signal?: AbortSignal): Promise<void> {
  removeUnfinished(home)
  const side = `${home.data}.unfinished-${process.pid}-${Date.now()}`
  const { account, directory } = runtime
  try {
    mkdirSync(side, { mode: 0o700 })
    if (account.ids !== undefined) chownSync(side, account.ids.uid, account.ids.gid)
    const args = [...INITDB_ARGUMENTS, '-D', DATA_ARGUMENT ?? side]
    const { code, output } = await run(
      { account, file: join(directory, 'bin', 'initdb'), args, cwd: side },
      signal,
    )
    if (code !== 0) {
      const message = `the embedded PostgreSQL could not be initialised in ${home.directory}:${complaintIn(output)}`
      throw new ExpectedError(message, 'mend the cause, or set DATABASE_URL to a server of your own')
    }
    renameSync(side, home.data)
  } finally {
    rmSync(side, { recursive: true, force: true })
  }
}

/**
 * Writes a new cluster through to the disk, in the background: without it a power cut in the first half minute could
 * damage what initdb wrote. Later writes are synced by the server itself.
 */
export function syncCluster(home: Home, { account, directory }: Runtime): void {
  const args = ['--sync-only', '-D', DATA_ARGUMENT ?? home.data]
  const child = spawnProgram(
    { account, file: join(directory, 'bin', 'initdb'), args, cwd: home.data },
    'ignore',
  )
  child.on('error', () => {})
  child.unref()
}

/**
 * Clears what a killed starter left. Its initdb may still be writing there for a moment: then a remainder stays until
 * the next time, in a directory whose name nobody uses again.
 */
function removeUnfinished(home: Home): void {
  for (const name of readdirSync(home.directory)) {
    if (!/^postgres-\d+\.unfinished-/.test(name)) continue
    try {
      rmSync(join(home.directory, name), { recursive: true, force: true, maxRetries: 2 })
    } catch {}
  }
}
