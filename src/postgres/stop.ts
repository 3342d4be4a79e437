// Ends the server of a home, and what a killed one left running. Call it with the lock held.
import { setTimeout as sleep } from 'node:timers/promises'
import { ExpectedError } from '../errors.ts'
import type { Home } from './home.ts'
import { postmasterOf } from './postmaster.ts'
import { pidsOf, startOf } from './processes.ts'
import { removeSocketDirectory } from './socket.ts'

/** A fast stop writes a checkpoint: seconds on a slow disk. An immediate one leaves that to the next start. */
const FAST_STOP_TIMEOUT_MS = 30_000
const IMMEDIATE_STOP_TIMEOUT_MS = 10_000
const STOP_POLL_MS = 5

/** Stops the server of this home, fast first and then at once. False when none was running. */
export async function stopPostmaster(home: Home, pid = postmasterOf(home)): Promise<boolean> {
  if (pid === undefined) return false
  const start = startOf(pid)
  const isGone = (): boolean => start === undefined || startOf(pid) !== start
  for (const [signal, timeoutMs] of [
    ['SIGINT', FAST_STOP_TIMEOUT_MS],
    ['SIGQUIT', IMMEDIATE_STOP_TIMEOUT_MS],
  ] as const) {
    signalProcess(pid, signal)
    const deadline = performance.now() + timeoutMs
    while (performance.now() < deadline) {
      if (isGone()) {
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

/** It may end by itself in the same instant. */
function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
