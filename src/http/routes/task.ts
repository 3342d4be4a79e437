// One task: look at it, send it round again, cancel it.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { readTask } from '../../db/documents.ts'
import { readTimeline, TIMELINE_ROWS } from '../../db/timeline.ts'
import type { TaskId } from '../../task/task.ts'
import { answer, refusals } from '../documented.ts'
import type { ApiContext } from '../options.ts'
import { Refusal } from '../problem.ts'
import { id as idOf, idParams, idText, instant, noQuery, rowCount, task as taskSchema } from '../schemas.ts'

const logs = z.object({
  items: z.array(
    z.object({
      at: instant,
      attempt: z.int(),
      process: z.string().nullable(),
      level: z.enum(['debug', 'info', 'warn', 'error']),
      message: z.string(),
    }),
  ),
  next: idOf.nullable().describe('`before` of the page with what is older; null where nothing is'),
})

const logsQuery = z.strictObject({
  limit: rowCount(TIMELINE_ROWS)
    .optional()
    .describe(`Rows of its log on the page, the newest ones. Default, and most: ${TIMELINE_ROWS}`),
  before: idText.optional().describe('`next` of the page before: goes back in time'),
})

export function task({ pool }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/tasks/:id',
      {
        schema: {
          summary: 'One task',
          tags: ['tasks'],
          params: idParams,
          querystring: noQuery,
          response: { 200: answer(taskSchema, 'The task'), ...refusals(400, 404, 503) },
        },
      },
      async ({ params: { id } }) => (await readTask(pool, id)) ?? unknownTask(id),
    )
    app.get(
      '/tasks/:id/logs',
      {
        schema: {
          summary: 'What happened to a task, attempt by attempt',
          tags: ['tasks'],
          description:
            'The newest part of it; go back page by page as long as `next` is not null. The start of an attempt is an item ' +
            'of the page with its end, so a page may have more items than `limit`.',
          params: idParams,
          querystring: logsQuery,
          response: { 200: answer(logs, 'A page of its timeline, oldest first'), ...refusals(400, 404, 503) },
        },
      },
      async ({ params: { id }, query }) => (await readTimeline(pool, id, query)) ?? unknownTask(id),
    )
  }
}

/** Throws; returns in the eyes of the types. */
export function unknownTask(id: TaskId): never {
  throw new Refusal(404, `There is no task ${id}.`)
}
