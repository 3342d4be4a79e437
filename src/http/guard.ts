// The guard: every request passes here before anything of it is read or done.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { createCors } from './cors.ts'
import { hostProblem, originProblem } from './hosts.ts'
import { methodsOf } from './methods.ts'
import type { ApiContext } from './options.ts'
import { Refusal } from './problem.ts'
import { createTokenCheck } from './token.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no token: it tells nothing about tasks. */
    isOpen?: boolean
  }
}

/** Adds the hook. Routes that are added before are not guarded. */
export function guard(app: FastifyInstance, { token, corsOrigins = [], limits, log }: ApiContext): void {
  const allowedFor = methodsOf(app)
  const cors = createCors(corsOrigins)
  // A token vouches for the client. Without one, a web page that somebody visits must not be able to act in his name.
  const refusalOf =
    token === undefined
      ? (request: FastifyRequest) => hostProblem(request) ?? originProblem(request, corsOrigins)
      : createTokenCheck(token, limits, undefined, (address) =>
          log.warn({ event: 'http.guessing', address }, `too many wrong tokens from ${address}`),
        )

  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(SECURITY_HEADERS)
    reply.headers(cors.headersFor(request))
    const allowed = request.is404 ? allowedFor(request.url) : undefined
    if (cors.isPreflight(request) && allowed !== undefined) {
      reply.code(204).headers(cors.preflightHeaders(allowed)).send()
      return
    }
    const refusal = request.routeOptions.config.isOpen && token !== undefined ? undefined : refusalOf(request)
    if (refusal !== undefined) done(refusal)
    else if (request.is404) done(nothingHere(request, allowed))
    else done()
  })
}

function nothingHere({ method }: FastifyRequest, allowed: readonly string[] | undefined): Refusal {
  if (allowed === undefined) return new Refusal(404, NOTHING_HERE)
  const allow = allowed.join(', ')
  return new Refusal(405, `${method} is not allowed here, only ${allow}.`, { headers: { allow } })
}

export const NOTHING_HERE =
  'There is nothing here. /docs shows in a browser what there is, /openapi.json tells it to programs.'

const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; frame-ancestors 'none'`,
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}
