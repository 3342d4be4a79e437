// From whatever was thrown to the refusal that the client sees. No stack trace leaves the process, and what a client
// sent is never a 500.
import type { FastifyError, FastifyRequest } from 'fastify'
import { databaseFailure } from '../db/failure.ts'
import { Locked } from '../errors.ts'
import { errorText } from '../task/outcome.ts'
import type { Log } from '../telemetry/log.ts'
import { Refusal, unavailable } from './problem.ts'

/** What the client that sent a request hears of what was `thrown`. Bugs are logged with their stack. */
export function refusalOf(
  thrown: unknown,
  { raw }: Pick<FastifyRequest, 'raw'>,
  log: Log,
  retryAfterMs: number,
): Refusal {
  if (thrown instanceof Refusal) return thrown
  // The client hung up in the middle of its body; its ECONNRESET is none of the database's.
  if (thrown === raw.errored) return new Refusal(400, 'The body ended before its end.')
  if (thrown instanceof Locked) {
    log.warn({ event: 'http.locked', error: thrown.message }, thrown.message)
    return unavailable(`${thrown.message}.`, retryAfterMs)
  }
  const failure = databaseFailure(thrown)
  if (failure === 'refused') return new Refusal(400, `The database refuses a value: ${errorText(thrown)}.`)
  if (failure !== undefined) {
    log.warn({ event: 'http.unavailable', error: errorText(thrown) }, `database: ${errorText(thrown)}`)
    return unavailable(SENTENCES[failure], retryAfterMs)
  }
  const { code = '', statusCode = 500 } = thrown instanceof Error ? (thrown as Partial<FastifyError>) : {}
  const framework = FRAMEWORK[code]
  if (framework !== undefined) return new Refusal(statusCode, framework)
  // Of a route that has a limit of its own.
  if (code === 'FST_ERR_HANDLER_TIMEOUT') return unavailable(TOO_LONG, retryAfterMs)
  if (statusCode >= 400 && statusCode < 500) return new Refusal(statusCode, `${errorText(thrown)}.`)
  const stack = thrown instanceof Error ? thrown.stack : errorText(thrown)
  log.error({ event: 'http.bug', error: errorText(thrown), stack }, `a bug in taskproc: ${errorText(thrown)}`)
  return new Refusal(500, 'This is a bug in taskproc; its log says more.')
}

export const TOO_LONG = 'The answer took too long; whether anything was written is not known.'

const SENTENCES = {
  unavailable: 'The database cannot be reached; whether anything was written is not known.',
  busy: 'The database was too busy with others to do this.',
  schema: 'The database does not have the schema of this program. Run: taskproc migrate',
  permission: 'The database does not let this user do that.',
} as const

/** What the framework finds wrong with a request, in our words. */
const FRAMEWORK: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE:
    'The body is larger than 16 MiB: send fewer tasks at once, or references to large data.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body has to be JSON: send it with Content-Type: application/json.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as Content-Length says.',
  FST_ERR_BAD_URL: 'The path is not a valid URL: a % is not followed by two hexadecimal digits of UTF-8.',
  FST_ERR_MAX_PARAM_LENGTH: 'A part of the path is too long.',
}
