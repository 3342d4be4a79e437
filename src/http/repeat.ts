// What an API process does again and again on its own: a tick that returns when it wants the next one.
import { setTimeout as sleep } from 'node:timers/promises'

const FIRST_RETRY_MS = 200
const LAST_RETRY_MS = 5_000

/** Runs ticks one after the other until `signal` is aborted. A tick that throws is told of and tried again, ever later. */
export async function repeat(
  signal: AbortSignal,
  tick: () => Promise<number>,
  onFailure: (thrown: unknown, retryMs: number) => void,
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    let delayMs: number
    try {
      delayMs = await tick()
      failures = 0
    } catch (thrown) {
      delayMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures++) * (0.5 + 0.5 * Math.random())
      if (!signal.aborted) onFailure(thrown, delayMs)
    }
    await sleep(delayMs, undefined, { signal }).catch(() => {})
  }
}
