// Starts a postmaster that outlives its starter.
import { closeSync, fchownSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Runtime } from './binaries.ts'
import { DATA_ARGUMENT } from './cluster.ts'
import type { Home } from './home.ts'
import { forgetStrangers } from './postmaster.ts'
import { spawnProgram } from './run.ts'
import { prepareSocketDirectory } from './socket.ts'

/** Checked at every start; a server that runs says next to nothing. */
const LOG_MAX_BYTES = 16 * 1024 * 1024

/** A postmaster that was spawned here. */
export interface Spawned {
  readonly pid: number | undefined
  hasExited(): boolean
  /** By a signal: it did not end for a reason of its own. */
  wasKilled(): boolean
  /** What it wrote to the log of the home. */
  output(): string
}

/**
 * Starts a postmaster and does not wait for it. It belongs to no terminal and holds none of our streams.
 * Call it with the lock held, and when there is no postmaster.
 */
export function launchPostmaster(home: Home, { account, directory }: Runtime): Spawned {
  const socket = prepareSocketDirectory(home, account)
  forgetStrangers(home)
  keepLogSmall(home)
  const log = openSync(home.log, 'a', 0o600)
  try {
    if (account.ids !== undefined) fchownSync(log, account.ids.uid, account.ids.gid)
    const logStart = statSync(home.log).size
    const settings = {
      listen_addresses: '',
      unix_socket_directories: socket === home.data && DATA_ARGUMENT ? DATA_ARGUMENT : socket,
      cluster_name: home.clusterName,
    }
    const args = ['-D', DATA_ARGUMENT ?? home.data]
    for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`)
    const program = { account, file: join(directory, 'bin', 'postgres'), args, cwd: home.data }
    const child = spawnProgram(program, ['ignore', log, log])
    let failure: Error | undefined
    child.on('error', (error) => {
      failure = error
    })
    child.unref()
    return {
      pid: child.pid,
      hasExited: () => failure !== undefined || child.exitCode !== null || child.signalCode !== null,
      wasKilled: () => child.signalCode !== null,
      output: () => failure?.message ?? readFileSync(home.log).subarray(logStart).toString(),
    }
  } finally {
    closeSync(log)
  }
}

function keepLogSmall(home: Home): void {
  const size = statSync(home.log, { throwIfNoEntry: false })?.size ?? 0
  if (size > LOG_MAX_BYTES) renameSync(home.log, `${home.log}.old`)
}
