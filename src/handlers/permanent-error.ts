// The error that ends the retries.

/**
 * Thrown by a handler to say that no further attempt can succeed: the task ends in `error` at once, whatever attempts are
 * left. Any thrown object with `permanent: true` does the same, so a copy of this class from elsewhere counts too.
 */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError'
  readonly permanent = true
}
