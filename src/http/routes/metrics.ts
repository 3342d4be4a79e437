// The numbers of this process and of the installation, for Prometheus.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { refusals } from '../documented.ts'
import type { ApiContext } from '../options.ts'
import { noQuery } from '../schemas.ts'

export function metrics({ metrics: render }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/metrics',
      {
        schema: {
          summary: 'Metrics of this process and of the store, in the text format of Prometheus',
          tags: ['about this process'],
          querystring: noQuery,
          response: {
            200: { description: 'The metrics', content: { 'text/plain': { schema: z.string() } } },
            ...refusals(400),
          },
        },
      },
      async (_request, reply) => {
        const { contentType, body } = await render()
        return reply.type(contentType).serializer(String).send(body)
      },
    )
  }
}
