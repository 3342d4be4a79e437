// What a handler is: the function for a kind, what it is given, and the options of its kind.
import type { ClientBase } from 'pg'
import type { Backoff } from '../task/backoff.ts'
import type { JsonValue, TaskId } from '../task/task.ts'
import type { StandardSchema } from './standard-schema.ts'

export interface HandlerContext {
  /**
   * Aborted at a timeout, when somebody cancels the task, at the end of a drain, and when the claim may be lost.
   * Stop then: after a short grace nobody waits any more.
   */
  readonly signal: AbortSignal
  readonly task: {
    readonly id: TaskId
    readonly kind: string
    readonly queue: string
    /** 1 for the first attempt. */
    readonly attempt: number
    readonly maxAttempts: number
    /** Grows with each claim of this task: a fencing token, for stores that refuse an older one. */
    readonly claimNumber: number
    /** The W3C trace context to hand on to whom you call; null where the task is in no trace. */
    readonly traceparent: string | null
  }
  /** Keeps a line with this attempt; `taskproc logs` shows it. Lines and their number are bounded (LIMITS). */
  log(line: string): void
  /** How far it is, 0 to 1, for those who watch. */
  progress(fraction: number): void
  /** This attempt does not count: run it again after `delay` (milliseconds, or `'10m'`). Return after it. */
  snooze(delay: number | string): void
  /**
   * Runs `effects` in the transaction that completes the task, and resolves to what it returned, which becomes the
   * result. Both commit or neither: with effects in the same database they happen exactly once. Throws ClaimLost,
   * with nothing committed, when the task is no longer this attempt's.
   */
  complete<Result>(effects: (client: ClientBase) => Promise<Result>): Promise<Result>
}

/** Runs one task. What it returns is the result (JSON); what it throws is the error of the attempt. */
export type Handler<Payload = JsonValue> = (payload: Payload, context: HandlerContext) => unknown

/** A kind as this process runs it. */
export interface Registration {
  readonly handler: Handler
  /** Checks and shapes the payload before the handler sees it; a payload that fails ends in `error` at once. */
  readonly schema?: StandardSchema
  readonly backoff?: Backoff
  readonly timeoutMs?: number
  /** No task of this kind is tried more often, whatever it asks for. */
  readonly maxAttempts?: number
  /** How many at once in this process. */
  readonly limit?: number
}

/** The kinds that this process can run. A kind that is missing here is not claimed here. */
export type Registry = ReadonlyMap<string, Registration>
