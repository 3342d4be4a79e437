// What a failed statement means for who asked: whether another try may help, and whether the values were at fault.
import { codeOf } from '../errors.ts'

/**
 * `unavailable`: no connection, or no answer, so nobody knows whether it was committed. `busy`: rolled back, another
 * try may succeed. `schema`: not migrated. `permission`: not allowed to this user. `refused`: its values can
 * never be stored. undefined: no failure of the database, or one that only a bug can cause.
 */
export type DatabaseFailure = 'unavailable' | 'busy' | 'schema' | 'permission' | 'refused'

/** What this error means, by its SQLSTATE, the code of the system, or the words of the driver. */
export function databaseFailure(thrown: unknown): DatabaseFailure | undefined {
  if (!(thrown instanceof Error)) return undefined
  const code = codeOf(thrown)
  for (const [failure, pattern] of CODES) if (pattern.test(code)) return failure
  // Those of the driver have no code.
  return code === '' && NO_ANSWER.test(thrown.message) ? 'unavailable' : undefined
}

// SQLSTATE classes and codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
const CODES: readonly (readonly [DatabaseFailure, RegExp])[] = [
  // Connection, resources, operator intervention, system; and what the network says.
  ['unavailable', /^(08...|53...|57...|58...|E[A-Z_]{3,})$/],
  // Rolled back in favour of others, a lock that did not come, a standby, a transaction that was silent for too long.
  ['busy', /^(40...|55...|25006|25P03)$/],
  ['schema', /^(42P01|42883|42703|3F000)$/],
  ['permission', /^(42501|28...)$/],
  ['refused', /^(22...|23...|54...)$/],
]

const NO_ANSWER =
  /timeout|terminated|connection ended|client was closed|client has encountered a connection error|not queryable|cannot use a pool after/i
