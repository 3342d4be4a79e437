// Long polling: asks for tasks until there are some, the time is over, or nobody waits for the answer any more.
// Polling is the truth; a hint makes the next look come sooner.
import { setTimeout as sleep } from 'node:timers/promises'
import type { RemoteClaim } from '../../db/remote/claim.ts'

/** The first look after falling idle; each further one comes twice as late. */
const FIRST_POLL_MS = 50
const LAST_POLL_MS = 5_000

export interface WaitParts {
  /** `isFresh`: the client has just asked. null: it is not alive any more. */
  ask(isFresh: boolean): Promise<RemoteClaim | null>
  watch(): { heard: Promise<void>; end(): void }
  /** Whoever enqueues from now on gives a hint, for so long. */
  fallAsleep(forMs: number): Promise<void>
  wakeUp(): Promise<void>
}

/** The first claim that has tasks, else the last one; `signal` ends the wait. */
export async function claimOrWait(
  parts: WaitParts,
  waitMs: number,
  signal: AbortSignal,
): Promise<RemoteClaim | null> {
  const endsMs = performance.now() + waitMs
  let claim = await parts.ask(true)
  if (waitMs <= 0 || isAnswer(claim)) return claim
  try {
    for (let polls = 0; !signal.aborted && !isAnswer(claim); polls++) {
      const leftMs = endsMs - performance.now()
      if (leftMs <= 0) break
      const { heard, end } = parts.watch()
      try {
        // First the promise to look, then the look: whoever enqueues after it either is seen or sees us asleep.
        await parts.fallAsleep(leftMs)
        claim = await parts.ask(false)
        if (!isAnswer(claim)) await pause(Math.min(leftMs, pollMs(polls, claim)), heard, signal)
      } finally {
        end()
      }
    }
  } finally {
    await parts.wakeUp().catch(() => {})
  }
  return claim
}

/** Also for one who is not alive there is nothing to wait for. */
function isAnswer(claim: RemoteClaim | null): boolean {
  return claim === null || claim.tasks.length > 0
}

/** With jitter, so that a fleet does not poll in step; often enough to keep the lease of who waits. */
function pollMs(polls: number, claim: RemoteClaim | null): number {
  const { dueInMs = Infinity, leaseMs = Infinity } = claim ?? {}
  const idleMs = Math.min(LAST_POLL_MS, leaseMs / 3, FIRST_POLL_MS * 2 ** polls)
  return Math.min(idleMs * (0.75 + 0.25 * Math.random()), Math.max(1, dueInMs))
}

async function pause(ms: number, heard: Promise<void>, signal: AbortSignal): Promise<void> {
  const over = new AbortController()
  const until = AbortSignal.any([signal, over.signal])
  await Promise.race([heard, sleep(ms, undefined, { signal: until }).catch(() => {})])
  over.abort()
}
