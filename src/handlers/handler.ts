// What a handler is: the function for a kind, what it is given, and the options of its kind.
import type { Backoff } from '../task/backoff.ts'
import type { Claim, JsonValue, TaskId } from '../task/task.ts'

export interface HandlerContext {
  /** Aborted at a timeout, at the end of a drain, and when the claim is lost: stop then, what you return is dropped. */
  readonly signal: AbortSignal
  readonly task: {
    readonly id: TaskId
    readonly kind: string
    readonly queue: string
    /** 1 for the first attempt. */
    readonly attempt: number
    readonly maxAttempts: number
  }
}

/** Runs one task. What it returns is the result (JSON); what it throws is the error of the attempt. */
export type Handler = (payload: JsonValue, context: HandlerContext) => unknown

export interface Registration {
  readonly handler: Handler
  readonly backoff?: Backoff
  readonly timeoutMs?: number
}

/** Gives `claim` to its handler, and returns what that returns. `signal` is asked for only when the handler does. */
export function invoke(registration: Registration, claim: Claim, signal: () => AbortSignal): unknown {
  const { id, kind, queue, attempt, maxAttempts } = claim
  return registration.handler(claim.payload, {
    get signal() {
      return signal()
    },
    task: { id, kind, queue, attempt, maxAttempts },
  })
}

/** The kinds that this process can run. A kind that is missing here is not claimed here. */
export type Registry = ReadonlyMap<string, Registration>
