// What a run did. A handler's failure is a value here, never an exception of the engine.
import { clip, LIMITS } from './limits.ts'

export type Outcome =
  /**
   * `result` is JSON text, or null where the handler returned nothing. `isWritten`: the handler completed the task in a
   * transaction of its own, so nothing is left to write.
   */
  | { readonly type: 'done'; readonly result: string | null; readonly isWritten?: boolean }
  | { readonly type: 'failed'; readonly error: string; readonly permanent: boolean }
  | { readonly type: 'snoozed'; readonly delayMs: number }
  | { readonly type: 'cancelled'; readonly reason: string }
  /** Stopped by a shutdown, or never begun: not the task's fault, so it costs no attempt. */
  | { readonly type: 'interrupted' }

/** The outcome of a handler that returned `value`: done, or failed where JSON or jsonb cannot hold the value. */
export function outcomeOfValue(value: unknown): Outcome {
  if (value === undefined) return { type: 'done', result: null }
  const result = jsonText(value)
  if (typeof result === 'object')
    return { type: 'failed', error: `result cannot be stored: ${result.problem}`, permanent: true }
  const bytes = Buffer.byteLength(result)
  if (bytes > LIMITS.resultBytes) {
    const error = `result cannot be stored: ${bytes} bytes, the limit is ${LIMITS.resultBytes}`
    return { type: 'failed', error, permanent: true }
  }
  return { type: 'done', result }
}

/** The outcome of a handler that threw `thrown`, which need not be an Error. `permanent: true` on it ends the retries. */
export function outcomeOfError(thrown: unknown): Outcome {
  return { type: 'failed', error: errorText(thrown), permanent: isPermanent(thrown) }
}

function isPermanent(thrown: unknown): boolean {
  try {
    return typeof thrown === 'object' && thrown !== null && 'permanent' in thrown && thrown.permanent === true
  } catch {
    return false
  }
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

/** One text for anything that can be thrown, bounded, never empty, and fit for a text column. Never throws itself. */
export function errorText(thrown: unknown): string {
  let text: unknown
  try {
    text = describe(thrown)
  } catch {
    // What was thrown answers every question with a throw of its own.
  }
  const found =
    typeof text === 'string' && text !== '' ? text : `something of type ${typeof thrown} was thrown`
  return clip(found.replaceAll('\u0000', '\uFFFD').toWellFormed(), LIMITS.errorChars)
}

/** Also of an Error of another realm, which is no instance of ours. */
function describe(thrown: unknown): unknown {
  if (typeof thrown === 'string') return thrown || 'an empty string was thrown'
  if (typeof thrown !== 'object' || thrown === null) return `${String(thrown)} was thrown`
  const { message, name } = thrown as { message?: unknown; name?: unknown }
  if (typeof message === 'string' && message !== '') return message
  if (Object.prototype.toString.call(thrown) === '[object Error]') return name
  return JSON.stringify(thrown)
}
