// Handlers from a file of the user's: a module whose default export maps kinds to handlers.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { EXIT, ExpectedError } from '../errors.ts'
import { LIMITS } from '../task/limits.ts'
import { errorText } from '../task/outcome.ts'
import type { Handler, Registration, Registry } from './handler.ts'

const SHAPE = 'It must have a default export like { emails: async (payload, context) => {} }.'

/** Imports `file` (a path, relative to the working directory) and returns its kinds; throws what the user can mend. */
export async function loadHandlers(file: string): Promise<Registry> {
  const module = await importFile(file)
  const kinds: unknown = module['default']
  if (typeof kinds !== 'object' || kinds === null || Object.keys(kinds).length === 0) {
    throw unusable(file, 'it exports no handlers', SHAPE)
  }
  return new Map(Object.entries(kinds).map(([kind, value]) => [kind, registration(file, kind, value)]))
}

async function importFile(file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(resolve(file)).href)
  } catch (thrown) {
    throw unusable(file, errorText(thrown), 'Check the path, and that the file runs by itself: node FILE', thrown)
  }
}

function registration(file: string, kind: string, value: unknown): Registration {
  if (kind.length === 0 || kind.length > LIMITS.nameChars) {
    throw unusable(file, `a kind has 1 to ${LIMITS.nameChars} characters, got ${kind.length}`, 'Shorten its name.')
  }
  if (typeof value !== 'function') throw unusable(file, `the handler of ${kind} is a ${typeof value}, not a function`, SHAPE)
  return { handler: value as Handler }
}

function unusable(file: string, reason: string, hint: string, cause?: unknown): ExpectedError {
  return new ExpectedError(`cannot use the handlers in ${file}: ${reason}`, hint, EXIT.usage, cause)
}
