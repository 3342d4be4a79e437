// Requests that a web page sends without its visitor's knowledge: by a name that was made to point here (DNS rebinding),
// or across origins. They matter where no token vouches for the client.
import type { FastifyRequest } from 'fastify'
import { Refusal } from './problem.ts'

/** Whether only this machine can reach `host`. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\]|::ffff:127(\.\d{1,3}){3})$/i.test(host)
}

type Headers = Pick<FastifyRequest, 'headers'>

/** A page of evil.example whose name points to 127.0.0.1 is of one origin with us, but the Host that it sends is its own. */
export function hostProblem({ headers: { host = '' } }: Headers): Refusal | undefined {
  return isLoopback(nameOf(host)) ? undefined : new Refusal(421, WRONG_HOST)
}

const WRONG_HOST =
  'Without a token, requests are served to a loopback name only, such as 127.0.0.1 or localhost. Set TASKPROC_API_TOKEN to be reached by other names.'

/** Browsers say where a request comes from, unless it is a plain visit; other clients say nothing. */
export function originProblem(
  { headers: { origin, host, 'sec-fetch-site': site } }: Headers,
  allowed: readonly string[],
): Refusal | undefined {
  if (origin === undefined) return site === 'cross-site' ? new Refusal(403, WRONG_ORIGIN) : undefined
  const isOwn = origin === `http://${host}` || origin === `https://${host}`
  return isOwn || allowed.includes(origin) ? undefined : new Refusal(403, WRONG_ORIGIN)
}

const WRONG_ORIGIN = 'Web pages of other origins may not call; allow theirs with --cors-origin.'

/** `127.0.0.1:8080` -> `127.0.0.1`, `[::1]:8080` -> `[::1]`. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '')
}
