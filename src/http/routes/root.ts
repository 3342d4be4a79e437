// The address as it is typed: a browser is sent to the page, a program is told where to look.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { NOTHING_HERE } from '../guard.ts'
import type { ApiContext } from '../options.ts'
import { Refusal } from '../problem.ts'

export function root(_context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    // Open as /docs is. Relative, for who has put us behind a path of his own.
    app.get('/', { config: { isOpen: true }, schema: { hide: true } }, async ({ headers }, reply) => {
      if (headers.accept?.includes('text/html')) return reply.redirect('./docs')
      throw new Refusal(404, NOTHING_HERE)
    })
  }
}
