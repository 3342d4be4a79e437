// Waits for a condition instead of a time: as fast as the code under test, and patient on a slow machine.
import { setTimeout as sleep } from 'node:timers/promises'

const DEADLINE_MS = 15_000
const POLL_MS = 15

type Falsy = false | null | undefined | 0 | ''

/**
 * Asks `condition` until it answers something truthy, and returns that. Throwing (an assertion, say) counts as "not
 * yet". Throws at the deadline, with `what` was waited for and the last answer or error.
 */
export async function eventually<T>(
  what: string,
  condition: () => T | Falsy | Promise<T | Falsy>,
  { deadlineMs = DEADLINE_MS } = {},
): Promise<T> {
  const deadline = AbortSignal.timeout(deadlineMs)
  const expired = new Promise<'expired'>((resolve) => {
    deadline.addEventListener('abort', () => resolve('expired'), { once: true })
  })
  let last: Answer<T | Falsy> = { says: 'it never answered' }
  while (!deadline.aborted) {
    const answer = await Promise.race([ask(condition), expired])
    if (answer === 'expired') break
    if (answer.value) return answer.value
    last = answer
    await sleep(POLL_MS)
  }
  throw new Error(`after ${deadlineMs} ms still not so: ${what}; ${last.says}`, { cause: last.thrown })
}

interface Answer<T> {
  readonly says: string
  readonly value?: T
  readonly thrown?: unknown
}

async function ask<T>(condition: () => T | Promise<T>): Promise<Answer<T>> {
  try {
    const value = await condition()
    return { value, says: `the last answer was ${JSON.stringify(value) ?? String(value)}` }
  } catch (thrown) {
    return {
      thrown,
      says: `the last error was: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    }
  }
}
