// Handlers as users define them: a function for each kind, or a function with the options of its kind.
import type { Handler } from './handler.ts'
import { toRegistry } from './registry.ts'
import type { StandardSchema } from './standard-schema.ts'

/** Milliseconds, or a text such as `500ms`, `5s`, `2m`, `1h`, `7d`. */
export type Duration = number | string

/** How long a failed task waits: `base`, then `factor` times more for each further attempt, never above `cap`. */
export interface BackoffOptions {
  /** Default: 1 s. */
  readonly base?: Duration
  /** 1 or more; 1 is always the same delay. Default: 2. */
  readonly factor?: number
  /** Default: 1 h, or `base` where that is longer. */
  readonly cap?: Duration
  /** Share of the delay that is random, 0 to 1. Default: 0.25. */
  readonly jitter?: number
}

/** The options of a kind. */
export interface HandlerOptions {
  /** A run that takes longer is told to stop and has failed. Default: none. A timeout that the task names wins. */
  readonly timeout?: Duration
  /** The delays between attempts, or one fixed delay. A first delay that the task names wins. */
  readonly backoff?: Duration | BackoffOptions
  /** No task of this kind is tried more often, whatever it asks for. */
  readonly maxAttempts?: number
  /** How many at once in this process. A kind that is full is not claimed, so nothing waits behind it. */
  readonly limit?: number
}

/**
 * A handler that may declare less or more of its payload than is known of it. Written as a method, since only the parameters
 * of methods are compared both ways: `(payload: Mail, { log }) => ...` needs no schema.
 */
type HandlerOf<Payload> = { handler(...parameters: Parameters<Handler<Payload>>): unknown }['handler']

/** A handler alone, or with the options of its kind. A schema decides the type of the payload. */
export type Definition<Payload> =
  | HandlerOf<Payload>
  | (HandlerOptions & { readonly schema?: undefined; readonly handler: HandlerOf<Payload> })
  | (HandlerOptions & {
      readonly schema: StandardSchema<unknown, Payload>
      readonly handler: Handler<Payload>
    })

/** A definition for each kind; `Payloads` maps the kinds to the types of their payloads. */
export type Definitions<Payloads = Record<string, never>> = {
  readonly [Kind in keyof Payloads]: Definition<Payloads[Kind]>
}

/**
 * Checks the definitions and returns them as they are; their spread into another call is fine. The payload of a handler
 * has the type that its schema (Standard Schema: zod, valibot, arktype and others) turns it into; without a schema it
 * is what the handler declares, else `unknown`. Throws an ExpectedError that names each wrong kind and field.
 */
export function defineHandlers<Payloads extends Record<string, unknown>>(
  definitions: Definitions<Payloads>,
): Definitions<Payloads> {
  toRegistry(definitions)
  return definitions
}
