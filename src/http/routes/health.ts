// For balancers and orchestrators: whether this process is alive, and whether it can do its work.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { answer } from '../documented.ts'
import type { ApiContext } from '../options.ts'

export function health(_context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/healthz',
      {
        config: { isOpen: true },
        schema: {
          summary: 'Whether this process is alive',
          response: { 200: answer(z.object({ status: z.literal('alive') }), 'It is') },
        },
      },
      () => ({ status: 'alive' as const }),
    )
  }
}
