// Remote workers: what became of a task that they claimed. Each is refused with 409 where the claim is not theirs any more.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { settleRemotely, type TaskState } from '../../db/remote/settle.ts'
import type { ClaimRef } from '../../db/remote/standing.ts'
import { DEFAULT_BACKOFF } from '../../task/backoff.ts'
import { type Outcome, outcomeOfValue } from '../../task/outcome.ts'
import { decide } from '../../task/settlement.ts'
import type { TaskId } from '../../task/task.ts'
import { answer, refusals } from '../documented.ts'
import type { ApiContext } from '../options.ts'
import { Refusal } from '../problem.ts'
import * as schemas from '../remote/settlement-schemas.ts'
import { tellSettlement } from '../remote/telling.ts'
import { noQuery } from '../schemas.ts'
import { unknownTask } from './task.ts'

export function settlements({ pool, emit }: ApiContext): FastifyPluginAsyncZod {
  async function settle(ref: ClaimRef, outcome: Outcome): Promise<TaskState> {
    const answer = await tellSettlement(emit, outcome.type, () =>
      settleRemotely(pool, ref, (claim) => decide(claim, outcome, DEFAULT_BACKOFF, Math.random())),
    )
    if (answer.type === 'unknown') return unknownTask(ref.id)
    if (answer.type === 'lost') throw new Refusal(409, `Nothing was written: ${answer.loss.detail}.`)
    return answer.task
  }

  return async (app) => {
    app.post(
      '/tasks/:id/complete',
      { schema: { summary: 'A remote worker is done', body: schemas.completeBody, ...COMMON } },
      ({ params, body }) => settle(refOf(params, body), outcomeOfValue(body.result)),
    )
    app.post(
      '/tasks/:id/fail',
      { schema: { summary: 'A run failed: another attempt, or the end', body: schemas.failBody, ...COMMON } },
      ({ params, body: { error, permanent, ...body } }) =>
        settle(refOf(params, body), { type: 'failed', error, permanent }),
    )
    app.post(
      '/tasks/:id/snooze',
      { schema: { summary: 'Not now: it costs no attempt', body: schemas.snoozeBody, ...COMMON } },
      ({ params, body }) => settle(refOf(params, body), { type: 'snoozed', delayMs: body.delay }),
    )
    app.post(
      '/tasks/:id/release',
      {
        schema: { summary: 'Given back, not run: it costs no attempt', body: schemas.releaseBody, ...COMMON },
      },
      ({ params, body }) => settle(refOf(params, body), { type: 'interrupted' }),
    )
  }
}

const COMMON = {
  tags: ['remote workers'],
  params: schemas.settleParams,
  querystring: noQuery,
  response: {
    200: answer(schemas.settled, 'Written, also where the same was sent before'),
    ...refusals(400, 404, 409, 503),
  },
}

function refOf(
  { id }: { id: TaskId },
  { process_id, claim_number }: { process_id: TaskId; claim_number: number },
): ClaimRef {
  return { id, claimNumber: claim_number, processId: process_id }
}
