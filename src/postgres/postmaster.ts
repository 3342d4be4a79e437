// Which process is the postmaster of a home. A pid file only says which it was.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from './home.ts'
import { commandOf, startOf, workingDirectoryOf } from './processes.ts'
import { socketLockFile } from './socket.ts'

/** The pid of the running postmaster of this home, from its pid file; a process that merely has that pid is not it. */
export function postmasterOf(home: Home): number | undefined {
  const pid = pidIn(join(home.data, 'postmaster.pid'))
  return pid !== undefined && isPostmaster(home, pid) ? pid : undefined
}

/**
 * PostgreSQL takes a lock file of a dead pid for stale, but is fooled by a zombie, and when that pid is in use again.
 * We know more: no process of that pid serves this home. (Should backends of a killed postmaster still be alive,
 * PostgreSQL finds out by their shared memory and refuses.) Call it with the lock held, and when there is no postmaster.
 */
export function forgetStrangers(home: Home): void {
  for (const path of [join(home.data, 'postmaster.pid'), socketLockFile(home)]) {
    const pid = pidIn(path)
    if (pid !== undefined && !isPostmaster(home, pid)) rmSync(path, { force: true })
  }
}

/** By the name that we gave it; or, for one that somebody started by hand, by its working directory. */
function isPostmaster(home: Home, pid: number): boolean {
  const command = commandOf(pid)
  if (command === undefined || startOf(pid) === undefined || !/\bpostgres[: ]/.test(command)) return false
  return command.includes(home.clusterName) || workingDirectoryOf(pid) === home.data
}

function pidIn(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10)
    return pid > 0 ? pid : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
