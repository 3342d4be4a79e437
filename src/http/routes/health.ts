// For balancers and orchestrators: whether this process is alive, and whether it can do its work.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { databaseFailure } from '../../db/failure.ts'
import { readSchemaState, type SchemaState } from '../../db/migrate.ts'
import { answer, refusals } from '../documented.ts'
import type { ApiContext } from '../options.ts'
import { retryAfter } from '../problem.ts'
import { noQuery } from '../schemas.ts'
import { shareReads } from '../shared-read.ts'

const alive = z.object({ status: z.literal('alive') })
const readiness = z.object({
  status: z.enum(['ready', 'not ready']),
  reasons: z.array(z.string()).describe('Why it is not ready'),
})

export function health({ pool, closing, readiness: more, log, limits }: ApiContext): FastifyPluginAsyncZod {
  /** No more than one at a time, however many balancers ask. */
  const askDatabase = shareReads(() => databaseReasons(() => readSchemaState(pool)))

  async function reasons(): Promise<string[]> {
    const found = [...(await askDatabase()), ...(more?.() ?? [])]
    if (closing.aborted) found.push('this process is stopping')
    return found
  }

  return async (app) => {
    const tags = ['about this process']
    app.get(
      '/healthz',
      {
        config: { isOpen: true },
        schema: {
          summary: 'Whether this process is alive; says nothing about the database',
          tags,
          querystring: noQuery,
          response: { 200: answer(alive, 'It is'), ...refusals(400) },
        },
      },
      () => ({ status: 'alive' as const }),
    )
    app.get(
      '/readyz',
      {
        config: { isOpen: true },
        schema: {
          summary:
            'Whether requests should be sent here: the database answers and has the schema of this program',
          tags,
          querystring: noQuery,
          response: {
            200: answer(readiness, 'Yes'),
            503: answer(readiness, 'No, for these reasons'),
            ...refusals(400),
          },
        },
      },
      async (_request, reply) => {
        const found = await reasons()
        if (found.length === 0) return { status: 'ready' as const, reasons: [] }
        log.debug({ event: 'http.not_ready', reasons: found }, `not ready: ${found.join('; ')}`)
        reply.code(503).headers(retryAfter(limits.retryAfterMs))
        return { status: 'not ready' as const, reasons: found }
      },
    )
  }
}

const SCHEMA: Record<SchemaState['state'], string[]> = {
  current: [],
  missing: ['the database has no taskproc schema; run: taskproc migrate'],
  old: ['the schema is older than this program; run: taskproc migrate'],
  newer: ['the schema is newer than this program; update taskproc'],
}

/** In words that tell nothing of the address or the user: this route needs no token. */
async function databaseReasons(read: () => Promise<SchemaState>): Promise<string[]> {
  try {
    return SCHEMA[(await read()).state]
  } catch (thrown) {
    const isAway = databaseFailure(thrown) === 'unavailable'
    return [
      isAway ? 'the database does not answer' : 'the database does not let this program read its schema',
    ]
  }
}
