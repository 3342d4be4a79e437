// Brings a home to the point where its server answers, from whatever state it was left in.
import { setTimeout as sleep } from 'node:timers/promises'
import { ExpectedError } from '../errors.ts'
import { findRuntime, type Runtime } from './binaries.ts'
import { clusterExists, createCluster, syncCluster } from './cluster.ts'
import { complaintIn } from './explain.ts'
import type { Home } from './home.ts'
import { launchPostmaster, type Spawned } from './launch.ts'
import { postmasterOf } from './postmaster.ts'
import { type Answer, probe } from './probe.ts'
import { checkSocketDirectory, urlOf } from './socket.ts'
import { endOrphans, stopPostmaster } from './stop.ts'

/** Long enough for the recovery after a crash: up to a gigabyte of WAL is read (max_wal_size). */
const START_TIMEOUT_MS = 120_000
/** PostgreSQL logs a line for every question that it refuses, so in a long recovery we ask less and less. */
const POLL_MIN_MS = 10
const POLL_MAX_MS = 500
/** What outlived a killed postmaster is gone some milliseconds after it was ended, unless its disk hangs. */
const LAUNCHES_MAX = 20
const LAUNCH_INTERVAL_MS = 200
/** Backends of a killed postmaster live; or a postmaster that nobody waits for any more was faster than ours. */
const PASSING_TROUBLE = /shared memory block .* is still in use|lock file .* already exists/

type StartEvent =
  | { readonly type: 'initializing'; readonly home: string }
  | { readonly type: 'starting'; readonly home: string }
  | { readonly type: 'ready'; readonly url: string; readonly startedByUs: boolean }

export interface StartWishes {
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: ((event: StartEvent) => void) | undefined
}

/** Call it with the lock held. True when the server was started here, false when it was there. */
export async function bringUp(home: Home, { signal, onEvent }: StartWishes): Promise<boolean> {
  let runtime: Runtime | undefined
  if (!clusterExists(home)) {
    runtime = await findRuntime(home)
    onEvent?.({ type: 'initializing', home: home.directory })
    await createCluster(home, runtime, signal)
    syncCluster(home, runtime)
  }
  checkSocketDirectory(home)
  if ((await probe(urlOf(home))).state === 'ready') return false
  onEvent?.({ type: 'starting', home: home.directory })
  return startOrAwait(home, runtime, signal)
}

/** A postmaster may be there and not ready: starting up for a starter that was killed, or shutting down. */
async function startOrAwait(home: Home, found: Runtime | undefined, signal?: AbortSignal): Promise<boolean> {
  const begin = performance.now()
  let runtime = found
  let spawned: Spawned | undefined
  let launches = 0
  let answer: Answer = { state: 'absent' }
  try {
    for (let elapsedMs = 0; elapsedMs < START_TIMEOUT_MS; elapsedMs = performance.now() - begin) {
      signal?.throwIfAborted()
      answer = await probe(urlOf(home))
      if (answer.state === 'ready') return spawned !== undefined && !spawned.hasExited()
      if ((spawned === undefined || spawned.hasExited()) && postmasterOf(home) === undefined) {
        if (spawned !== undefined) await afterFailure(home, spawned, launches)
        runtime ??= await findRuntime(home)
        spawned = launchPostmaster(home, runtime)
        launches++
      }
      await sleep(Math.min(POLL_MIN_MS + elapsedMs / 50, POLL_MAX_MS))
    }
  } catch (error) {
    if (spawned !== undefined && !spawned.hasExited()) await stopPostmaster(home, spawned.pid)
    throw error
  }
  const reason = answer.state === 'refusing' ? answer.reason : 'it does not answer'
  throw new ExpectedError(
    `the embedded PostgreSQL is not ready after ${START_TIMEOUT_MS / 1000} s: ${reason}`,
    `look into ${home.log}; a long recovery goes on by itself, for all else use "taskproc db stop" and start again`,
  )
}

/** Returns when another try makes sense, throws what the server said otherwise. */
async function afterFailure(home: Home, spawned: Spawned, launches: number): Promise<void> {
  const output = spawned.output()
  const isPassing = spawned.wasKilled() || PASSING_TROUBLE.test(output)
  if (!isPassing || launches >= LAUNCHES_MAX) {
    throw new ExpectedError(
      `the embedded PostgreSQL did not start:${complaintIn(output)}`,
      `mend the cause (the whole log is ${home.log}), or set DATABASE_URL to a server of your own`,
    )
  }
  endOrphans(home)
  await sleep(LAUNCH_INTERVAL_MS)
}
