// The numbers of the installation: those of `taskproc stats --json`.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { readStats } from '../../db/stats/stats.ts'
import { answer, refusals } from '../documented.ts'
import type { ApiContext } from '../options.ts'
import { shareReads } from '../shared-read.ts'
import { stats as document } from '../stats-schema.ts'

const query = z.strictObject({
  exact: z
    .enum(['true', 'false'], 'must be true or false')
    .optional()
    .describe('true: counts every row, which takes as long as the table is large'),
})

export function stats({ pool }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    const read = shareReads(() => readStats(pool))
    const readExact = shareReads(() => readStats(pool, { exact: true }))
    app.get(
      '/stats',
      {
        schema: {
          summary: 'Counts, processes, throughput and latency',
          tags: ['this installation'],
          querystring: query,
          response: { 200: answer(document, 'The numbers'), ...refusals(400, 503) },
        },
      },
      ({ query: { exact } }) => (exact === 'true' ? readExact() : read()),
    )
  }
}
