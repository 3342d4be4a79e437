// What there is, for programs.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { answer, refusals } from '../documented.ts'
import type { ApiContext } from '../options.ts'
import { noQuery } from '../schemas.ts'

export function openapi(_context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    let text: string | undefined
    app.get(
      '/openapi.json',
      {
        config: { isOpen: true },
        schema: {
          summary: 'This description',
          tags: ['about this process'],
          querystring: noQuery,
          response: {
            200: answer(z.looseObject({ openapi: z.string() }), 'An OpenAPI 3.1 document'),
            ...refusals(400),
          },
        },
      },
      (_request, reply) => {
        text ??= JSON.stringify(app.swagger())
        return reply.type('application/json').serializer(String).send(text)
      },
    )
  }
}
