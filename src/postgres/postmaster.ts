// The postmaster: who it is, how it is started and how it is stopped. Call what starts or stops with the lock held.
import { closeSync, fchownSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ExpectedError } from '../errors.ts'
import type { Runtime } from './binaries.ts'
import { DATA_ARGUMENT } from './cluster.ts'
import type { Home } from './home.ts'
import { commandOf, pidsOf, startOf, workingDirectoryOf } from './processes.ts'
import { spawnProgram } from './run.ts'
import { prepareSocketDirectory, removeSocketDirectory, socketLockFile } from './socket.ts'

const LOG_MAX_BYTES = 16 * 1024 * 1024
/** A fast stop writes a checkpoint: seconds on a slow disk. An immediate one leaves that to the next start. */
const FAST_STOP_TIMEOUT_MS = 30_000
const IMMEDIATE_STOP_TIMEOUT_MS = 10_000
const STOP_POLL_MS = 5

/** A postmaster that was spawned here. */
export interface Spawned {
  readonly pid: number | undefined
  hasExited(): boolean
  /** By a signal: it did not end for a reason of its own. */
  wasKilled(): boolean
  /** What it wrote to the log of the home. */
  output(): string
}

/** The pid of the running postmaster of this home, from its pid file; a process that merely has that pid is not it. */
export function postmasterOf(home: Home): number | undefined {
  const pid = pidIn(join(home.data, 'postmaster.pid'))
  return pid !== undefined && isPostmaster(home, pid) ? pid : undefined
}

/** Starts a postmaster and does not wait for it. It belongs to no terminal and holds none of our streams. */
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

/** Stops the server of this home, fast first and then at once. False when none was running. */
export async function stopPostmaster(home: Home, pid = postmasterOf(home)): Promise<boolean> {
  if (pid === undefined) return false
  const start = startOf(pid)
  for (const [signal, timeoutMs] of [
    ['SIGINT', FAST_STOP_TIMEOUT_MS],
    ['SIGQUIT', IMMEDIATE_STOP_TIMEOUT_MS],
  ] as const) {
    signalProcess(pid, signal)
    const deadline = performance.now() + timeoutMs
    while (performance.now() < deadline) {
      if (startOf(pid) !== start) {
        removeSocketDirectory(home)
        return true
      }
      await sleep(STOP_POLL_MS)
    }
  }
  throw new ExpectedError(
    `the embedded PostgreSQL, process ${pid}, does not stop`,
    `look into ${home.log}; kill -9 ${pid} loses nothing that was committed`,
  )
}

/**
 * Ends the backends that outlived a killed postmaster. Most see its death by themselves within milliseconds; one in the
 * middle of a computation does not, and blocks every start by the shared memory that it holds. SIGQUIT is what the
 * postmaster itself sends to all when one of them crashes. Call it only when there is no postmaster.
 */
export function endOrphans(home: Home): void {
  for (const pid of pidsOf(`postgres: ${home.clusterName}:`)) signalProcess(pid, 'SIGQUIT')
}

/**
 * PostgreSQL takes a lock file of a dead pid for stale, but is fooled by a zombie, and when that pid is in use again.
 * We know more: no process of that pid serves this home. (Should backends of a killed postmaster still be alive, PostgreSQL finds
 * out by their shared memory and refuses.)
 */
function forgetStrangers(home: Home): void {
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

/** It may end by itself in the same instant. */
function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
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

function keepLogSmall(home: Home): void {
  const size = statSync(home.log, { throwIfNoEntry: false })?.size ?? 0
  if (size > LOG_MAX_BYTES) renameSync(home.log, `${home.log}.old`)
}
