// The requests that are being answered: how many, and which of them take too long. One timer for all; the framework's
// own limit makes a timer and an abort controller for each, which was a tenth of the cost of a request.
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ApiLimits } from './options.ts'

export interface InFlight {
  readonly size: number
}

/** Watches `app`; `giveUp` answers a request whose time is over. */
export function watchInFlight(
  app: FastifyInstance,
  { answerTimeoutMs, timeoutCheckMs }: ApiLimits,
  giveUp: (reply: FastifyReply) => void,
): InFlight {
  /** With the time at which an answer is due. */
  const open = new Map<FastifyReply, number>()
  app.addHook('onRequest', (request, reply, done) => {
    // A route that waits on purpose, or has much to do, has a limit of its own, which the framework keeps.
    const isOurs = !request.routeOptions.handlerTimeout
    open.set(reply, isOurs ? performance.now() + answerTimeoutMs : Number.POSITIVE_INFINITY)
    // Also when the client hangs up.
    reply.raw.once('close', () => open.delete(reply))
    done()
  })
  const timer = setInterval(() => {
    const nowMs = performance.now()
    for (const [reply, dueMs] of open) if (nowMs > dueMs && !reply.sent) giveUp(reply)
  }, timeoutCheckMs).unref()
  app.addHook('onClose', (_app, done) => {
    clearInterval(timer)
    done()
  })
  return {
    get size() {
      return open.size
    },
  }
}
