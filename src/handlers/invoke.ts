// One call of a handler: the payload is checked, the context is made, and what the handler did becomes an outcome.
import type { ClientBase } from 'pg'
import { parseDuration } from '../task/duration.ts'
import { clip, LIMITS } from '../task/limits.ts'
import { type Outcome, outcomeOfValue } from '../task/outcome.ts'
import type { Claim, JsonValue } from '../task/task.ts'
import type { HandlerContext, Registration } from './handler.ts'
import type { Issue } from './standard-schema.ts'

/** What a run gives its handler to work with. */
export interface RunTools {
  /** Asked for only when the handler asks. */
  signal(): AbortSignal
  log(line: string): void
  progress(fraction: number): void
  /** What the run hands on as its trace context. */
  traceparent(): string | null
  /**
   * Completes the claim in one transaction with `effects`. `value` is what they returned, `result` its JSON text as it
   * was written. Throws when the claim is lost.
   */
  complete<Value>(
    effects: (client: ClientBase) => Promise<Value>,
  ): Promise<{ value: Value; result: string | null }>
}

/** Runs the handler of `registration` for `claim`; rejects with what the handler throws. */
export async function invoke(registration: Registration, claim: Claim, tools: RunTools): Promise<Outcome> {
  let payload: JsonValue = claim.payload
  if (registration.schema !== undefined) {
    const checked = await registration.schema['~standard'].validate(payload)
    if (checked.issues !== undefined)
      return { type: 'failed', error: invalid(checked.issues), permanent: true }
    // The schema decides the type; the handler was declared with it.
    payload = checked.value as JsonValue
  }
  const context = new Context(claim, tools)
  try {
    const value = await registration.handler(payload, context)
    return context.outcome ?? outcomeOfValue(value)
  } catch (thrown) {
    // Completed and committed: what the handler throws after that cannot undo it.
    if (context.outcome?.type === 'done') return context.outcome
    throw thrown
  }
}

/** A class, so that a run costs one object and no closures: most handlers use little of it. */
class Context implements HandlerContext {
  readonly #claim: Claim
  readonly #tools: RunTools
  /** Set where the handler has decided it by a call. */
  outcome: Outcome | undefined

  constructor(claim: Claim, tools: RunTools) {
    this.#claim = claim
    this.#tools = tools
  }

  get signal(): AbortSignal {
    return this.#tools.signal()
  }

  get task(): HandlerContext['task'] {
    const { id, kind, queue, attempt, maxAttempts, claimNumber } = this.#claim
    return { id, kind, queue, attempt, maxAttempts, claimNumber, traceparent: this.#tools.traceparent() }
  }

  // Getters, so that a handler may take them apart: async (payload, { log, signal }) => ...
  get log() {
    return (line: string) => this.#tools.log(clip(String(line), LIMITS.logLineChars))
  }

  get progress() {
    return (fraction: number) => this.#tools.progress(Math.min(1, Math.max(0, Number(fraction) || 0)))
  }

  get snooze() {
    return (delay: number | string) => {
      this.outcome = { type: 'snoozed', delayMs: delayMs(delay) }
    }
  }

  get complete() {
    return async <Result>(effects: (client: ClientBase) => Promise<Result>): Promise<Result> => {
      const { value, result } = await this.#tools.complete(effects)
      this.outcome = { type: 'done', result, isWritten: true }
      return value
    }
  }
}

/** Milliseconds, or a text such as `10m`. */
function delayMs(delay: number | string): number {
  const ms = typeof delay === 'number' ? delay : parseDuration(String(delay))
  if (ms !== undefined && Number.isFinite(ms) && ms >= 0) return ms
  throw new TypeError(
    `a delay is a number of milliseconds or a text such as '5s', got ${JSON.stringify(delay)}`,
  )
}

function invalid(issues: readonly Issue[]): string {
  const places = issues.map(({ message, path }) => {
    const where = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
    return where === '' ? message : `${where}: ${message}`
  })
  return clip(`the payload is invalid: ${places.join('; ')}`, LIMITS.errorChars)
}
