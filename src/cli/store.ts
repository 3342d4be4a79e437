// What every command that reads or changes tasks does around its own work: configuration, database, schema.
import { connectionError, type Pool } from '../db/pool.ts'
import { EXIT, ExpectedError } from '../errors.ts'
import { type TaskId, taskId } from '../task/task.ts'
import { type Flags, quoted, readConfig } from './config.ts'
import { requireSchema, withDatabase } from './database.ts'
import { interruptible } from './interruptible.ts'
import { createDebugLog } from './logging.ts'
import { COMMON } from './settings.ts'
import type { Terminal } from './terminal.ts'

/**
 * Gives `use` a pool to a database with the program's schema; quiet about how it got there. `signal` is aborted when
 * somebody interrupts the command; with `endsItself` that does not end `use`. A connection that is lost on the way is
 * an expected error.
 */
export async function withStore<T>(
  command: string,
  flags: Flags,
  terminal: Terminal,
  use: (pool: Pool, signal: AbortSignal, url: string) => Promise<T>,
  { endsItself = false } = {},
): Promise<T> {
  const config = readConfig(command, COMMON, flags, terminal)
  const log = await createDebugLog(config, terminal)
  return interruptible((signal) =>
    withDatabase(
      {
        config,
        terminal,
        log,
        applicationName: `taskproc ${command}`,
        check: requireSchema,
        isQuiet: true,
        endsItself,
        signal,
      },
      async ({ pool, url }) => {
        try {
          return await use(pool, signal, url)
        } catch (thrown) {
          const isSaid = thrown instanceof ExpectedError
          throw isSaid ? thrown : (connectionError(thrown, url) ?? thrown)
        }
      },
    ),
  )
}

const LARGEST_ID = 2n ** 63n - 1n

/** How an error about an id begins, after the name of what was typed. */
export const idSentence = `must be a whole number from 1 to ${LARGEST_ID}`

/** The digits of an id as a user types it, `7` or `#7`; undefined where it is none. */
export function idDigits(text: string): string | undefined {
  const [, digits] = /^#?0*([1-9]\d{0,18})$/.exec(text.trim()) ?? []
  return digits !== undefined && BigInt(digits) <= LARGEST_ID ? digits : undefined
}

/** Task ids as a user types them. Throws one error that names every wrong one. */
export function readIds(command: string, texts: readonly string[]): TaskId[] {
  const digits = texts.map(idDigits)
  const wrong = texts.filter((_, index) => digits[index] === undefined)
  if (wrong.length === 0) return [...new Set(digits.map((each = '') => taskId(each)))]
  const message = wrong.map((text) => `ID: ${idSentence}, got ${quoted(text)}`)
  throw new ExpectedError(message.join('\n'), `Run: taskproc ${command} --help`, EXIT.usage)
}

/** Exit status: operational. */
export function noSuchTask(id: TaskId): ExpectedError {
  return new ExpectedError(`there is no task ${id}`, 'Look at what there is: taskproc list')
}
