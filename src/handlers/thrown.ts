// What a file of the user's threw while it was imported: one sentence with the place, and what to do about it.
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codeOf } from '../errors.ts'
import { clip } from '../task/limits.ts'
import { errorText } from '../task/outcome.ts'

const MESSAGE_CHARS = 300

/** Why `path` could not be imported, in one line, and a hint. */
export async function reasonOf(thrown: unknown, path: string): Promise<[reason: string, hint: string]> {
  const text = errorText(thrown)
  const missing = /^Cannot find (?:package|module) '([^']+)'/.exec(text)?.[1]
  if (missing !== undefined && isMissing(thrown)) {
    const hint = /^[./]/.test(missing)
      ? 'Check the path of that import.'
      : `Install it where the file is: npm install ${missing}`
    return [`it imports ${missing}, which is not there${placeOf(thrown)}`, hint]
  }
  if (isSyntaxError(thrown)) {
    const said = text
      .replace(/^ParseError: /, '')
      .split('\n', 1)
      .join()
      .trim()
    const place = placeOf(thrown) || (await placeOfSyntaxError(path))
    return [`it does not compile: ${said}${place}`, 'Correct it there.']
  }
  const said = clip(text.replace(/\s+/g, ' ').trim(), MESSAGE_CHARS)
  return [
    `it throws when it is imported: ${said}${placeOf(thrown)}`,
    'Correct it there, or give it what it needs.',
  ]
}

function isMissing(thrown: unknown): boolean {
  return /MODULE_NOT_FOUND/.test(codeOf(thrown))
}

/** JSON.parse throws the same class, while the file runs. */
function isSyntaxError(thrown: unknown): boolean {
  if (thrown instanceof SyntaxError) return !/^\s+at JSON\.parse/m.test(thrown.stack ?? '')
  return thrown instanceof Error && thrown.message.startsWith('ParseError:')
}

/** ` (handlers.ts:3)`: the first line in a file of the user's, as the message or the stack names it; else nothing. */
function placeOf(thrown: unknown): string {
  const text = thrown instanceof Error ? `${thrown.message}\n${thrown.stack ?? ''}` : ''
  for (const [, file = '', line] of text.matchAll(PLACE)) {
    const path = file.startsWith('file:') ? fileURLToPath(file) : file
    if (!path.includes('/node_modules/') && !path.startsWith(OWN_FILES))
      return ` (${shortPath(path)}:${line})`
  }
  const importer = /imported from (.+)$/m.exec(text)?.[1]
  return importer === undefined ? '' : ` (imported from ${shortPath(importer)})`
}

/** At the end of a line: ` /folder/file.ts:3:7`, `(file:///folder/file.mjs:3:7)`. */
const PLACE = /(?<=^|[\s(])((?:file:\/\/)?\/[^:\n]*):(\d+)(?::\d+)?\)?[ \t]*$/gm
const OWN_FILES = fileURLToPath(new URL('..', import.meta.url))

/** Node keeps the place of a syntax error to itself unless the error ends the program; so it is asked once more. */
async function placeOfSyntaxError(path: string): Promise<string> {
  const { execa } = await import('execa')
  const { stderr } = await execa(process.execPath, ['--check', path], { reject: false })
  const line = /:(\d+)$/m.exec(stderr.split('\n', 1)[0] ?? '')?.[1]
  return line === undefined ? ' (in a file that it imports)' : ` (${shortPath(path)}:${line})`
}

/** Relative where the file is below the working directory. */
function shortPath(path: string): string {
  const short = relative('', path)
  return short.startsWith('..') ? path : short
}
