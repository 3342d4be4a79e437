// What a run did. A handler's failure is a value here, never an exception of the engine.
import { clip, LIMITS } from './limits.ts'
import type { JsonValue } from './task.ts'

export type Outcome =
  /** `result` is JSON text, or null where the handler returned nothing. */
  | { readonly type: 'done'; readonly result: string | null }
  | { readonly type: 'failed'; readonly error: string; readonly permanent: boolean }
  | { readonly type: 'snoozed'; readonly delayMs: number }
  | { readonly type: 'cancelled'; readonly reason: string }
  /** Stopped by a shutdown, or never begun: not the task's fault, so it costs no attempt. */
  | { readonly type: 'interrupted' }

/** The outcome of a handler that returned `value`: done, or failed where JSON or jsonb cannot hold the value. */
export function outcomeOfValue(value: unknown): Outcome {
  if (value === undefined) return { type: 'done', result: null }
  const result = jsonText(value)
  if (typeof result === 'object') return { type: 'failed', error: `result cannot be stored: ${result.problem}`, permanent: true }
  const bytes = Buffer.byteLength(result)
  if (bytes > LIMITS.resultBytes) {
    const error = `result cannot be stored: ${bytes} bytes, the limit is ${LIMITS.resultBytes}`
    return { type: 'failed', error, permanent: true }
  }
  return { type: 'done', result }
}

/** The outcome of a handler that threw `thrown`, which need not be an Error. `permanent: true` on it ends the retries. */
export function outcomeOfError(thrown: unknown): Outcome {
  const permanent = typeof thrown === 'object' && thrown !== null && 'permanent' in thrown && thrown.permanent === true
  return { type: 'failed', error: errorText(thrown), permanent }
}

/**
 * `value` as JSON text that jsonb accepts, or why there is none. jsonb refuses the character U+0000 and lone
 * surrogates, which JSON.stringify lets through as escapes.
 */
export function jsonText(value: unknown): string | { problem: string } {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (thrown) {
    return { problem: errorText(thrown) }
  }
  if (text === undefined) return { problem: `a ${typeof value} is no JSON` }
  const refused = /(?<!\\)(?:\\\\)*\\u(0000|d[89a-f][0-9a-f]{2})/i.exec(text)
  if (refused) return { problem: `PostgreSQL's jsonb cannot hold the character \\u${refused[1]}` }
  return text
}

/** One text for anything that can be thrown, bounded, never empty, and without U+0000 (text refuses it). */
export function errorText(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : describe(thrown)
  return clip(text.replaceAll('\u0000', '\uFFFD').toWellFormed(), LIMITS.errorChars)
}

function describe(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown || 'an empty string was thrown'
  if (typeof thrown === 'object' && thrown !== null) {
    try {
      return JSON.stringify(thrown as JsonValue)
    } catch {
      return 'an object was thrown that is no Error'
    }
  }
  return `${String(thrown)} was thrown`
}
