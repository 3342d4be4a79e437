// Pages of tasks.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { listTasks } from '../../db/browse.ts'
import { answer, refusals } from '../documented.ts'
import type { ApiContext } from '../options.ts'
import { filterOf, pageOf, pageQuery } from '../page-query.ts'
import { id, task } from '../schemas.ts'

const page = z.object({
  items: z.array(task),
  next: id.nullable().describe('`after` of the next page; null where this is the last one'),
})

export function list({ pool }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/tasks',
      {
        schema: {
          summary: 'A page of tasks, in the order of their ids',
          tags: ['tasks'],
          querystring: pageQuery,
          response: { 200: answer(page, 'The page'), ...refusals(400, 503) },
        },
      },
      ({ query }) => listTasks(pool, filterOf(query), pageOf(query)),
    )
  }
}
