// Handlers from a file of the user's, in JavaScript or TypeScript: its default export maps kinds to handlers.
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { EXIT, ExpectedError } from '../errors.ts'
import type { Registry } from './handler.ts'
import { isRecord } from './options.ts'
import { toRegistry } from './registry.ts'
import { reasonOf } from './thrown.ts'

const SHAPE =
  'It must have a default export like: export default defineHandlers({ emails: async (payload, context) => {} })'

/** A file may wait for something at its top level, and that may never come. */
const IMPORT_LIMIT_MS = 60_000

/**
 * Imports `file` (a path, relative to the working directory) and returns its kinds. Throws what the user can mend, also
 * where the import has not ended after `limitMs`.
 */
export async function loadHandlers(file: string, limitMs = IMPORT_LIMIT_MS): Promise<Registry> {
  const path = resolve(file)
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw unusable(file, 'there is no such file', 'Check the path; it is relative to the working directory.')
  const definitions = defaultOf(await importFile(file, path, limitMs))
  if (!isRecord(definitions) || Object.keys(definitions).length === 0)
    throw unusable(file, 'it exports no handlers', SHAPE)
  try {
    return toRegistry(definitions)
  } catch (thrown) {
    throw refusedBy(file, thrown) ?? thrown
  }
}

const LATE = Symbol('late')

async function importFile(file: string, path: string, limitMs: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, limitMs, LATE)
  })
  const isTypeScript = /\.[cm]?tsx?$/.test(path)
  try {
    const imported = isTypeScript ? importTypeScript(path) : import(pathToFileURL(path).href)
    const module: unknown = await Promise.race([imported, late])
    if (module !== LATE) return module
  } catch (thrown) {
    throw refusedBy(file, thrown) ?? unusable(file, ...(await reasonOf(thrown, path)), thrown)
  } finally {
    clearTimeout(timer)
  }
  const hint = 'Look for an await at its top level, or in what it imports, that never ends.'
  throw unusable(file, `its import has not ended after ${limitMs / 1000} s`, hint)
}

/**
 * Through jiti, on every version of Node: the types are taken away, and what is imported is shared with this program.
 * Its cache is a directory that others may write to (/tmp), so it is not used.
 */
async function importTypeScript(path: string): Promise<unknown> {
  const { createJiti } = await import('jiti')
  const ownLibrary = createRequire(import.meta.url).resolve('taskproc')
  const options = { alias: { taskproc: ownLibrary }, fsCache: false, interopDefault: false, sourceMaps: true }
  const module: unknown = await createJiti(import.meta.url, options).import(path)
  return isRecord(module) && 'default' in module ? module : { default: module }
}

/** The default export, also of a module that was compiled to CommonJS. */
function defaultOf(module: unknown): unknown {
  const exported = isRecord(module) ? module['default'] : undefined
  return isRecord(exported) && exported['__esModule'] === true ? exported['default'] : exported
}

/** What `defineHandlers` found, in this program's copy of it or in another. */
function refusedBy(file: string, thrown: unknown): ExpectedError | undefined {
  const isExpected = thrown instanceof Error && thrown.name === 'ExpectedError' && 'hint' in thrown
  return isExpected ? unusable(file, thrown.message, String(thrown.hint), thrown) : undefined
}

function unusable(file: string, reason: string, hint: string, cause?: unknown): ExpectedError {
  const lines = reason.split('\n').map((line) => `cannot use the handlers in ${file}: ${line}`)
  return new ExpectedError(lines.join('\n'), hint, EXIT.usage, cause)
}
