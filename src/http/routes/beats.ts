// Remote workers: they beat to keep what they hold, and say goodbye.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { beatRemotely } from '../../db/remote/beat.ts'
import { answer, refusals } from '../documented.ts'
import type { ApiContext } from '../options.ts'
import { refuseAbsent } from '../remote/absence.ts'
import * as schemas from '../remote/schemas.ts'
import { noQuery } from '../schemas.ts'

export function beats({ pool, emit }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/processes/:name/beat',
      {
        schema: {
          tags: ['remote workers'],
          summary: 'A remote worker renews its lease, or says goodbye',
          params: schemas.beatParams,
          body: schemas.beatBody,
          querystring: noQuery,
          response: {
            200: answer(schemas.beat, 'What becomes of what it holds'),
            ...refusals(400, 404, 409, 503),
          },
        },
      },
      async ({ params: { name }, body }) => {
        const caller = { id: body.process_id, name }
        const isStopping = body.state === 'stopping'
        const { state, leaseMs, cancel, lost, strays } =
          (await beatRemotely(pool, caller, { holding: body.holding ?? null, isStopping })) ??
          (await refuseAbsent(pool, caller, 404))
        if (strays.length > 0) emit('strays.released', { ids: strays })
        return { process_id: caller.id, state, lease_seconds: leaseMs / 1000, cancel, lost }
      },
    )
  }
}
