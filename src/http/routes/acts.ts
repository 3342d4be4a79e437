// What an operator does to tasks: send one round again, cancel one, empty the store.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { OPERATOR } from '../../db/act.ts'
import { cancelNamed } from '../../db/cancel.ts'
import { readTask } from '../../db/documents.ts'
import { findLive } from '../../db/live-keys.ts'
import type { Pool } from '../../db/pool.ts'
import { RESET_TIMEOUT_MS, reset } from '../../db/reset.ts'
import { retryNamed } from '../../db/retry.ts'
import type { TaskDocument, TaskId } from '../../task/task.ts'
import { answer, refusals } from '../documented.ts'
import type { ApiContext } from '../options.ts'
import { Refusal } from '../problem.ts'
import { emptyBody, idParams, noQuery, task as taskSchema } from '../schemas.ts'
import { unknownTask } from './task.ts'

const deleted = z.object({ deleted: z.int().describe('How many tasks there were') })

export function acts({ pool, allowReset = false, log }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    const act = (summary: string, description: string) => ({
      summary,
      tags: ['tasks'],
      params: idParams,
      querystring: noQuery,
      body: emptyBody,
      response: { 200: answer(taskSchema, description), ...refusals(400, 404, 409, 503) },
    })
    app.post(
      '/tasks/:id/retry',
      {
        schema: act(
          'Send a task in error or cancelled round again, with all its attempts',
          'The task, pending',
        ),
      },
      async ({ params: { id } }) => {
        const [answered] = await retryNamed(pool, [id], OPERATOR)
        const task = await readTask(pool, id)
        if (answered?.answer === 'unknown' || task === null) return unknownTask(id)
        if (answered?.answer === 'refused') throw new Refusal(409, await whyNotRetried(pool, task))
        return task
      },
    )
    app.post(
      '/tasks/:id/cancel',
      {
        schema: act(
          'Cancel a pending task, or tell a running one to stop',
          'The task: cancelled, or still in_progress until its process has stopped it',
        ),
      },
      async ({ params: { id } }) => {
        const [answered] = await cancelNamed(pool, [id], OPERATOR)
        const task = await readTask(pool, id)
        if (answered?.answer === 'unknown' || task === null) return unknownTask(id)
        // Asked twice, since the first answer may have been lost, it is as well.
        if (answered?.answer === 'finished' && task.status !== 'cancelled')
          throw new Refusal(409, `The status of task ${id} is ${task.status}: there is nothing to cancel.`)
        return task
      },
    )
    app.delete(
      '/tasks',
      {
        handlerTimeout: RESET_TIMEOUT_MS,
        schema: {
          summary: 'Delete all tasks and their history; only where --allow-reset was given',
          description:
            'What runs is told to stop, and its outcome is refused. Ids are not used again. Processes, schedules and pauses stay.',
          tags: ['tasks'],
          querystring: noQuery,
          body: emptyBody,
          response: { 200: answer(deleted, 'The store is empty'), ...refusals(400, 403, 503) },
        },
      },
      async () => {
        if (!allowReset) throw new Refusal(403, 'This process was started without --allow-reset.')
        const count = await reset(pool)
        log.warn({ event: 'http.reset', deleted: count }, `reset: ${count} tasks deleted`)
        return { deleted: count }
      },
    )
  }
}

/** It may have moved since it was refused; then the sentence is about what it is now. */
async function whyNotRetried(pool: Pool, { id, status, unique_key }: TaskDocument): Promise<string> {
  if (status !== 'error' && status !== 'cancelled')
    return `The status of task ${id} is ${status}: only tasks in error or cancelled go round again.`
  const live = await liveTask(pool, unique_key)
  const who = live === undefined ? 'Another task' : `Task ${live}`
  return `${who} is live and has the unique key ${JSON.stringify(unique_key)} of task ${id}.`
}

async function liveTask(pool: Pool, key: string | null): Promise<TaskId | undefined> {
  return key === null ? undefined : (await findLive(pool, [key])).get(key)
}
