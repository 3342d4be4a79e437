// All tasks: insert one or many.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { enqueueAll, type Taken } from '../../db/enqueue-all.ts'
import { findLive } from '../../db/live-keys.ts'
import type { Pool } from '../../db/pool.ts'
import { LIMITS } from '../../task/limits.ts'
import type { NewTask, TaskDocument, TaskId } from '../../task/task.ts'
import { readTraceparent } from '../../task/traceparent.ts'
import { currentTraceparent } from '../../telemetry/trace.ts'
import { answer, refusals } from '../documented.ts'
import { readMany, readOne } from '../new-tasks.ts'
import type { ApiContext } from '../options.ts'
import { Refusal } from '../problem.ts'
import { ids, newTask, newTaskExample, noQuery, task } from '../schemas.ts'
import { SingleTasks } from '../single-tasks.ts'
import { readByRoute } from '../validation.ts'

/** The task that has a key may finish between the insert that it stopped and the look at it; then the key is free. */
const TRIES = 3

export function tasks({ pool, limits }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    const single = new SingleTasks(pool, limits)
    app.post(
      '/tasks',
      {
        schema: {
          summary: 'Insert a task, or an array of them: all or none',
          tags: ['tasks'],
          querystring: noQuery,
          // The function that reads the tasks of the command line reads these too.
          body: readByRoute(
            z
              .union([newTask, z.array(newTask).min(1).max(limits.tasksPerRequest)])
              .meta({ examples: [newTaskExample, [newTaskExample, newTaskExample]] }),
          ),
          response: {
            201: answer(z.union([task, ids]), 'The task; for an array, the ids in its order'),
            ...refusals(400, 409, 503),
          },
        },
      },
      async ({ body, headers }, reply) => {
        const document: unknown = body
        const defaults = { traceparent: currentTraceparent() ?? readTraceparent(headers['traceparent']) }
        reply.code(201)
        if (Array.isArray(document))
          return { ids: await insertMany(pool, await readMany(document, defaults, limits)) }
        const bytes = Number(headers['content-length'] ?? LIMITS.payloadBytes)
        const inserted = await insertOne(pool, single, readOne(document, defaults), bytes)
        reply.header('location', `/tasks/${inserted.id}`)
        return inserted
      },
    )
  }
}

async function insertOne(
  pool: Pool,
  single: SingleTasks,
  task: NewTask,
  bytes: number,
): Promise<TaskDocument> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const document = await single.add(task, bytes)
    if (document !== null) return document
    const key = task.uniqueKey ?? ''
    const live = (await findLive(pool, [key])).get(key)
    if (live !== undefined) throw conflict([{ index: 0, uniqueKey: key, live }], false)
  }
  throw conflict([{ index: 0, uniqueKey: task.uniqueKey ?? '', live: undefined }], false)
}

async function insertMany(pool: Pool, tasks: readonly NewTask[]): Promise<TaskId[]> {
  const inserted = await enqueueAll(pool, tasks)
  if ('ids' in inserted) return inserted.ids
  throw conflict(inserted.taken, true)
}

function conflict(taken: readonly Taken[], isMany: boolean): Refusal {
  const errors = taken.map(({ index, uniqueKey, live }) => {
    const who = live === undefined ? 'a task that has just finished had' : `task ${live} is live and has`
    const problem = `${who} the unique key ${JSON.stringify(uniqueKey)}`
    return { ...(isMany ? { index } : {}), field: 'unique_key', problem }
  })
  const detail = isMany
    ? `Nothing was inserted: ${errors.length === 1 ? '1 unique key is' : `${errors.length} unique keys are`} taken.`
    : `${errors[0]?.problem}.`
  return new Refusal(409, detail, { errors })
}
