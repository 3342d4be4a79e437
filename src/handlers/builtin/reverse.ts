// The demonstration task: sleeps 1-4 s, reverses its string payload, fails 1 time in 10.
import { setTimeout as sleep } from 'node:timers/promises'
import type { HandlerContext, Registration } from '../handler.ts'

const SHORTEST_MS = 1_000
const LONGEST_MS = 4_000
const FAILURE_SHARE = 0.1

/** `random` gives numbers in [0, 1); the first one chooses the sleep, the second one whether it fails. */
export async function reverse(
  payload: unknown,
  { signal }: Pick<HandlerContext, 'signal'>,
  random = Math.random,
): Promise<string> {
  if (typeof payload !== 'string') throw new Error(`reverse takes a string, got ${JSON.stringify(payload)}`)
  await sleep(SHORTEST_MS + random() * (LONGEST_MS - SHORTEST_MS), undefined, { signal })
  if (random() < FAILURE_SHARE) throw new Error('reverse failed, as 1 time in 10 it does')
  return reversed(payload)
}

/** By characters as a reader sees them: an emoji or an accented letter stays whole. */
export function reversed(text: string): string {
  return [...new Intl.Segmenter().segment(text)]
    .map(({ segment }) => segment)
    .reverse()
    .join('')
}

export const REVERSE: Registration = { handler: (payload, context) => reverse(payload, context) }
