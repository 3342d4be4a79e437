// How a route says what it answers with: its own documents, and problem documents for the rest.
import type { z } from 'zod'
import { PROBLEM_TYPE, problem } from './problem.ts'

/** What each status of a refusal means, wherever it is answered. */
const MEANINGS = {
  400: 'The request is wrong; `errors` names each field',
  401: 'The token is missing or wrong',
  403: 'Not allowed: a reset without --allow-reset, or a web page of another origin',
  404: 'There is no such task, or no such process',
  409: 'The state of the task, or another task, forbids it; `detail` says why',
  413: 'The body is too large',
  415: 'The body is not JSON',
  421: 'The Host is not a loopback name, and there is no token that would vouch for the client',
  429: 'Too many wrong tokens from this address',
  503: 'The database cannot be used now, or this process is at its limits; try again after Retry-After',
} as const

type Meant = keyof typeof MEANINGS

function refusal(status: Meant) {
  return { description: MEANINGS[status], content: { [PROBLEM_TYPE]: { schema: problem } } }
}

/** For the key `response` of a route's schema: `{ 404: problem }` for each of these. */
export function refusals<Status extends Meant>(
  ...statuses: Status[]
): Record<Status, { description: string }> {
  return Object.fromEntries(statuses.map((status) => [status, refusal(status)])) as Record<
    Status,
    ReturnType<typeof refusal>
  >
}

/** What the guard in front of every route may answer. */
export function guardRefusals(isOpen: boolean, hasToken: boolean) {
  if (hasToken) return isOpen ? {} : refusals(401, 429)
  return refusals(403, 421)
}

export function answer<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } }
}
