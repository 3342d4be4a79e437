// The guard: every request passes here before anything of it is read or done.
import type { FastifyInstance } from 'fastify'
import { methodsOf } from './methods.ts'
import type { ApiContext } from './options.ts'
import { Refusal } from './problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no token: it tells nothing about tasks. */
    isOpen?: boolean
  }
}

/** Adds the hooks. Routes that are added before are not guarded. */
export function guard(app: FastifyInstance, _context: ApiContext): void {
  const allowedFor = methodsOf(app)
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(SECURITY_HEADERS)
    if (!request.is404) return done()
    const allowed = allowedFor(request.url)
    if (allowed === undefined)
      return done(new Refusal(404, 'There is nothing here; GET /openapi.json tells what there is.'))
    const allow = allowed.join(', ')
    done(new Refusal(405, `${request.method} is not allowed here, ${allow} is.`, { headers: { allow } }))
  })
}

const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; frame-ancestors 'none'`,
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}
