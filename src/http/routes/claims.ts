// Remote workers: they claim, and wait for what there is to claim.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { beatRemotely } from '../../db/remote/beat.ts'
import { type ClaimedTask, claimRemotely, type RemoteClaim } from '../../db/remote/claim.ts'
import { giveBack } from '../../db/remote/give-back.ts'
import { type Caller, joinRemote } from '../../db/remote/presence.ts'
import { fallAsleep, wakeUp } from '../../db/sleepers.ts'
import { DEFAULT_CRASH_LIMIT } from '../../task/limits.ts'
import { errorText } from '../../task/outcome.ts'
import { answer, refusals } from '../documented.ts'
import type { ApiContext } from '../options.ts'
import { Refusal, retryAfter, unavailable } from '../problem.ts'
import { refuseAbsent } from '../remote/absence.ts'
import { handOver, hangUp } from '../remote/hand-over.ts'
import { Hints } from '../remote/hints.ts'
import { rescueUntil } from '../remote/rescuer.ts'
import * as schemas from '../remote/schemas.ts'
import { tellClaim, tellGiveBack } from '../remote/telling.ts'
import { claimOrWait } from '../remote/wait.ts'
import { noQuery } from '../schemas.ts'

/** Clients that wait for tasks; each costs a look at the table every 5 s. */
const MOST_WAITING = 1_000
/** Above the longest wait. */
const ANSWER_TIMEOUT_MS = 90_000

type ClaimsRequest = (typeof schemas.claimsBody)['_output']

export function claims(context: ApiContext): FastifyPluginAsyncZod {
  const { pool, log, emit, closing, limits, crashLimit = DEFAULT_CRASH_LIMIT } = context
  const hints = new Hints(context)

  async function join({ process: name, ...given }: ClaimsRequest, address: string): Promise<Caller> {
    const { host = address, kinds, limit, lease: leaseMs, queues = null } = given
    const joined = await joinRemote(pool, { name, host, queues, kinds, workers: limit, leaseMs })
    if ('id' in joined) {
      log.info({ event: 'remote.joined', process: name, host }, `remote worker ${name} on ${host}`)
      return { id: joined.id, name }
    }
    const { leaseLeftMs } = joined
    throw new Refusal(
      409,
      `A process named ${name} is alive; it is declared lost ${Math.ceil(leaseLeftMs / 1000)} s after now at the earliest. If it is you, send its process_id; else take another name.`,
      { headers: retryAfter(leaseLeftMs) },
    )
  }

  function claimed(caller: Caller, body: ClaimsRequest, signal: AbortSignal): Promise<RemoteClaim | null> {
    const { queues = null, kinds, limit, wait: waitMs } = body
    if (waitMs > 0 && hints.waiting >= MOST_WAITING)
      throw unavailable('Too many clients wait here for tasks.', limits.retryAfterMs)
    const parts = {
      ask: (isFresh: boolean) =>
        tellClaim(emit, () => claimRemotely(pool, caller, { queues, kinds, limit, crashLimit, isFresh })),
      watch: () => hints.watch(queues),
      fallAsleep: (forMs: number) => fallAsleep(pool, caller.id, queues, forMs),
      wakeUp: () => wakeUp(pool, caller.id),
    }
    return claimOrWait(parts, waitMs, signal)
  }

  /** What never reached the client costs it nothing, and nobody waits for its lease. */
  async function undo(caller: Caller, isNew: boolean, tasks: readonly ClaimedTask[]): Promise<void> {
    try {
      // A name that the client does not know to be its own must not stand in its way when it asks again.
      if (isNew) {
        const { strays = [] } = (await beatRemotely(pool, caller, { holding: [], isStopping: true })) ?? {}
        if (strays.length > 0) emit('strays.released', { ids: strays })
      }
      if (!isNew && tasks.length > 0) await tellGiveBack(emit, tasks, () => giveBack(pool, caller, tasks))
    } catch (thrown) {
      log.warn({ event: 'remote.gone', process: caller.name, error: errorText(thrown) }, errorText(thrown))
    }
  }

  async function serve(body: ClaimsRequest, address: string, gone: AbortSignal) {
    const { process_id: id, process: name } = body
    const caller = id === undefined ? await join(body, address) : { id, name }
    const ask = () => claimed(caller, body, AbortSignal.any([closing, gone]))
    const claim = await handOver(gone, ask, (tasks) => undo(caller, id === undefined, tasks))
    return { caller, claim: claim ?? (await refuseAbsent(pool, caller, 409)) }
  }

  return async (app) => {
    app.addHook('onListen', async () => {
      void rescueUntil(closing, { pool, crashLimit, emit })
    })
    app.post(
      '/claims',
      {
        handlerTimeout: ANSWER_TIMEOUT_MS,
        schema: {
          tags: ['remote workers'],
          summary: 'A remote worker claims tasks, and registers with its first call',
          body: schemas.claimsBody,
          querystring: noQuery,
          response: {
            200: answer(schemas.claims, 'Its tasks; none where nothing is due'),
            ...refusals(400, 409, 503),
          },
        },
      },
      async ({ body, ip }, reply) => {
        const { caller, claim } = await serve(body, ip, hangUp(reply.raw))
        // The connection must not stay open, with nobody left to use it.
        if (closing.aborted) reply.header('connection', 'close')
        return { process_id: caller.id, lease_seconds: claim.leaseMs / 1000, tasks: claim.tasks }
      },
    )
  }
}
