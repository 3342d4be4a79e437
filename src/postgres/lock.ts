// One lock per home, around every decision to start or to stop its server. Safe against kill -9.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ExpectedError } from '../errors.ts'
import type { Home } from './home.ts'
import { endPresence, ownPresence, present, showPresence } from './presence.ts'

/** Longer than the slowest start (startTimeoutMs), so that who waits for a starter hears the starter's end first. */
const LOCK_TIMEOUT_MS = 180_000
/** Two that come at the same instant both step back; different waits part them. */
const RETRY_MIN_MS = 5
const RETRY_SPREAD_MS = 20

/**
 * Runs `work` while no other process, and no other call in this one, is inside withLock for this home.
 *
 * Show yourself first, look around after: of two that overlap at least one sees the other and steps back. Who sees
 * nobody else holds the lock. (The first half of Lamport's bakery; a random wait takes the place of the numbers.)
 * Throws ExpectedError when somebody holds it for LOCK_TIMEOUT_MS, and the signal's reason when aborted while waiting.
 */
export async function withLock<T>(
  home: Home,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + LOCK_TIMEOUT_MS
  for (;;) {
    signal?.throwIfAborted()
    const holder = present(home.locks)[0]
    if (holder === undefined) {
      const mine = ownPresence(home.locks, randomUUID())
      try {
        showPresence(mine)
        if (present(home.locks).every((other) => other.path === mine.path)) return await work()
      } finally {
        endPresence(mine)
      }
    } else if (performance.now() > deadline) {
      throw new ExpectedError(
        `process ${holder.pid} has been starting or stopping the embedded PostgreSQL for ${LOCK_TIMEOUT_MS / 1000} s`,
        `wait for it or end it; the server writes to ${home.log}`,
      )
    }
    await sleep(RETRY_MIN_MS + Math.random() * RETRY_SPREAD_MS)
  }
}
