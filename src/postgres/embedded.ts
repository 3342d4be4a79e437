// The embedded PostgreSQL server of a home, as four verbs. Any number of processes may call them at once.
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { clusterExists } from './cluster.ts'
import { explained } from './explain.ts'
import { type Home, homeAt, prepareHome } from './home.ts'
import { withLock } from './lock.ts'
import { postmasterOf } from './postmaster.ts'
import { endPresence, ownPresence, type Presence, present, showPresence } from './presence.ts'
import { hasClients, probe } from './probe.ts'
import { urlOf } from './socket.ts'
import { bringUp, type StartWishes } from './start.ts'
import { stopPostmaster } from './stop.ts'

/** The backend of a connection that was just closed is gone after some milliseconds, not at once. */
const CLIENT_GONE_TIMEOUT_MS = 250
const CLIENT_LOOK_INTERVAL_MS = 10

export interface EmbeddedStatus {
  readonly running: boolean
  /** Of the postmaster. Set without `running` while it starts, recovers or shuts down. */
  readonly pid: number | undefined
  readonly url: string | undefined
  /** As the server says it, "18.4"; undefined when it does not run. */
  readonly version: string | undefined
  /** Where the data lie, as an absolute path. */
  readonly home: string
  /** Whether `db start` wants it to stay up. */
  readonly kept: boolean
}

/**
 * Finds the running server of `home` or starts one (about a second the first time, a fifth later), and counts this
 * process among its users until releaseEmbedded or its death. With `keep` the server also stays when nobody uses it.
 * Throws ExpectedError for everything the user can mend, and the signal's reason when aborted; neither leaves anything half-done.
 */
export async function startEmbedded(
  wishes: StartWishes & { readonly home: string; readonly keep?: boolean },
): Promise<{ url: string; startedByUs: boolean }> {
  const home = homeAt(wishes.home)
  return explained(home, async () => {
    prepareHome(home)
    return withLock(home, wishes.signal, async () => {
      const startedByUs = await bringUp(home, wishes)
      // Before the lock is given back, so that nobody stops the server between here and the first connection.
      showPresence(ownUse(home))
      if (wishes.keep) writeFileSync(home.kept, '')
      const url = urlOf(home)
      wishes.onEvent?.({ type: 'ready', url, startedByUs })
      return { url, startedByUs }
    })
  })
}

/**
 * This process is done with the server; the last one out stops it. It stays when another process uses it, when any
 * client is connected, or when it is kept. Close your own connections first. True when it was stopped here.
 */
export async function releaseEmbedded({ home: path }: { readonly home: string }): Promise<boolean> {
  const home = homeAt(path)
  if (!existsSync(home.locks)) return false
  return explained(home, () =>
    withLock(home, undefined, async () => {
      endPresence(ownUse(home))
      if (existsSync(home.kept) || present(home.attached).length > 0 || !clusterExists(home)) return false
      return (await isInUse(urlOf(home))) ? false : stopPostmaster(home)
    }),
  )
}

/** Stops the server, whoever uses it, and forgets that it was kept. False when it was not running. */
export async function stopEmbedded({ home: path }: { readonly home: string }): Promise<boolean> {
  const home = homeAt(path)
  if (!existsSync(home.locks)) return false
  return explained(home, () =>
    withLock(home, undefined, async () => {
      rmSync(home.kept, { force: true })
      return clusterExists(home) && stopPostmaster(home)
    }),
  )
}

/**
 * Where the data of a home lie, as an absolute path, and whether there are any. Throws ExpectedError for data that the
 * programs here cannot read, and for a home that cannot be one.
 */
export async function findEmbedded({
  home: path,
}: {
  readonly home: string
}): Promise<{ home: string; exists: boolean }> {
  const home = homeAt(path)
  return explained(home, async () => ({ home: home.directory, exists: clusterExists(home) }))
}

/** How it stands, without a lock and without a change. */
export async function statusOf({ home: path }: { readonly home: string }): Promise<EmbeddedStatus> {
  const home = homeAt(path)
  return explained(home, async () => {
    const url = clusterExists(home) ? urlOf(home) : undefined
    const answer = url === undefined ? undefined : await probe(url)
    const isReady = answer?.state === 'ready'
    return {
      running: isReady,
      pid: postmasterOf(home),
      url: isReady ? url : undefined,
      version: isReady ? answer.version : undefined,
      home: home.directory,
      kept: existsSync(home.kept),
    }
  })
}

/** A process counts once, however often it starts. */
function ownUse(home: Home): Presence {
  return ownPresence(home.attached, 'user')
}

async function isInUse(url: string): Promise<boolean> {
  const deadline = performance.now() + CLIENT_GONE_TIMEOUT_MS
  while (await hasClients(url)) {
    if (performance.now() > deadline) return true
    await sleep(CLIENT_LOOK_INTERVAL_MS)
  }
  return false
}
