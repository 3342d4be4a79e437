// One task: look at it, send it round again, cancel it.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { readTask, readTimeline } from '../../db/documents.ts'
import type { TaskId } from '../../task/task.ts'
import { answer, refusals } from '../documented.ts'
import type { ApiContext } from '../options.ts'
import { Refusal } from '../problem.ts'
import { idParams, instant, noQuery, task as taskSchema } from '../schemas.ts'

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
          params: idParams,
          querystring: noQuery,
          response: { 200: answer(logs, 'Its timeline, oldest first'), ...refusals(400, 404, 503) },
        },
      },
      async ({ params: { id } }) => ({ items: (await readTimeline(pool, id)) ?? unknownTask(id) }),
    )
  }
}

/** Throws; returns in the eyes of the types. */
export function unknownTask(id: TaskId): never {
  throw new Refusal(404, `There is no task ${id}.`)
}
