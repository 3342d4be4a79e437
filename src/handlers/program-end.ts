// How a program ended, as what a handler returns or throws.
import { LIMITS } from '../task/limits.ts'
import { PermanentError } from './permanent-error.ts'
import type { ProgramOutput } from './program-output.ts'

/** sysexits.h: a later attempt may succeed; and: the input is wrong, so none can. */
const EX_TEMPFAIL = 75
const EX_DATAERR = 65

export interface ProgramEnd {
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  /** Why it could not be started. */
  readonly originalMessage?: string | undefined
}

/** The result of a program that exited with 0. Throws where its output is none. */
export function resultOf(output: ProgramOutput): unknown {
  try {
    return output.result()
  } catch {
    throw new PermanentError('stdout is the result, and it is no UTF-8: print JSON or text')
  }
}

/** Of a program whose result is larger than a result may be: another attempt would print as much. */
export function tooMuch(): PermanentError {
  return new PermanentError(
    `it printed more than ${LIMITS.resultBytes} bytes, which is the limit of a result, and was killed`,
  )
}

/** What any other end is; `lastLine` of its stderr usually says why. */
export function failureOf({ exitCode, signal, originalMessage }: ProgramEnd, lastLine: string): Error {
  if (originalMessage !== undefined)
    return new Error(`it cannot be started: ${originalMessage.replace(/\s*\n\s*/g, '; ')}`)
  const why = lastLine === '' ? '' : `: ${lastLine}`
  if (signal !== undefined) return new Error(`it was killed by ${signal}${why}`)
  if (exitCode === EX_DATAERR) return new PermanentError(`it exited with ${exitCode} (permanent)${why}`)
  return new Error(`it exited with ${exitCode}${exitCode === EX_TEMPFAIL ? ' (try again)' : ''}${why}`)
}
