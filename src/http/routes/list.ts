// Pages of tasks.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { listTasks } from '../../db/browse.ts'
import { answer, refusals } from '../documented.ts'
import type { ApiContext } from '../options.ts'
import { readPageText } from '../page.ts'
import { filterOf, pageOf, pageQuery } from '../page-query.ts'
import { id, task } from '../schemas.ts'

const page = z.object({
  items: z.array(task),
  next: id.nullable().describe('`after` of the next page; null where this is the last one'),
})

export function list({ pool, limits }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/tasks',
      {
        schema: {
          summary: 'A page of tasks, in the order of their ids',
          description: 'A page of large tasks is shorter than `limit`: go on as long as `next` is not null.',
          tags: ['tasks'],
          querystring: pageQuery,
          response: { 200: answer(page, 'The page'), ...refusals(400, 503) },
        },
      },
      async ({ query }, reply) => {
        const filter = filterOf(query)
        const text = await readPageText(
          (part) => listTasks(pool, filter, part),
          pageOf(query),
          limits.pageBytes,
        )
        return reply.type('application/json; charset=utf-8').serializer(String).send(text)
      },
    )
  }
}
