// Expected errors: what a user can cause and mend; and what tells one error from another. Whatever else is thrown is a bug.

/** Exit statuses of the command line; a contract with scripts. */
export const EXIT = { ok: 0, operational: 1, usage: 2, drainTimedOut: 3 } as const

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT]

/**
 * An error that is shown to the user as two lines: `message` (what is wrong) and `hint` (what to do).
 * `message` may hold several lines when several settings are wrong at once.
 */
export class ExpectedError extends Error {
  override readonly name: string = 'ExpectedError'
  readonly hint: string
  readonly exitStatus: ExitStatus

  constructor(message: string, hint: string, exitStatus: ExitStatus = EXIT.operational, cause?: unknown) {
    super(message, { cause })
    this.hint = hint
    this.exitStatus = exitStatus
  }
}

/** Somebody else has locked what was to be changed, for longer than we wait. Nothing was changed. */
export class Locked extends ExpectedError {
  override readonly name = 'Locked'
}

/** The code of an error of the database (SQLSTATE), of the system (`ENOENT`) or of Node; empty where it has none. */
export function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
}

/** The text of an error. For one of a handler, which may be anything and of any length: errorText in task/outcome. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** The task is no longer this attempt's: it was rescued, cancelled or settled. Nothing was written. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost'

  constructor(id: number | string) {
    super(`the claim of task ${id} is lost: it is not this attempt's any more, and nothing was committed`)
  }
}

/** What a transaction returned cannot be stored as a result; trying again would give the same. Nothing was committed. */
export class ResultRefused extends Error {
  override readonly name = 'ResultRefused'
  readonly permanent = true
}
