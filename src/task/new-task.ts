// A task to be inserted, as a document: read from the command line, from a line of a file, or from a request. All that
// is wrong with it is found at once, so that nothing of it is left to the database to refuse.
import { parseDuration, UNIT_MS } from './duration.ts'
import { clip, LIMITS } from './limits.ts'
import { NAME, NAME_PROBLEM } from './name.ts'
import { payloadProblem } from './payload.ts'
import type { JsonValue, NewTask } from './task.ts'
import { readTraceparent } from './traceparent.ts'

export interface Problem {
  /** Empty where the document as a whole is wrong. */
  readonly field: string
  readonly problem: string
}

type Document = Readonly<Record<string, unknown>>

/**
 * The task of `document`, which came out of JSON.parse. `defaults` has the same fields, for those that it leaves out
 * or has null for; a default of undefined is none.
 */
export function readNewTask(
  document: unknown,
  defaults: Document = {},
): { task: NewTask } | { problems: Problem[] } {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    const problem = `must be a JSON object such as {"kind": "emails", "payload": {}}${got(document)}`
    return { problems: [{ field: '', problem }] }
  }
  const given = document as Document
  const task: NewTask = { kind: '' }
  const problems: Problem[] = []
  // By key, and written into the task at once: pairs, or a part of the task for each field, take as long as the check itself.
  for (const field of Object.keys(given))
    if (given[field] !== null || field === 'payload' || !FIELDS.has(field))
      take(task, field, given[field], problems)
  for (const field of Object.keys(defaults))
    if (defaults[field] !== undefined && isLeftOut(given, field)) take(task, field, defaults[field], problems)
  if ((given['kind'] ?? null) === null && defaults['kind'] === undefined)
    problems.push({ field: 'kind', problem: 'is missing' })
  if (task.runAt !== undefined && task.delayMs !== undefined)
    problems.push({ field: 'delay', problem: 'run_at says already when it is due' })
  return problems.length > 0 ? { problems } : { task }
}

/** Writes the field into the task, or what is wrong with it to the problems. */
function take(task: NewTask, field: string, value: unknown, problems: Problem[]): void {
  const read = FIELDS.get(field)
  const problem = read === undefined ? NO_FIELD : read(task, value)
  if (problem !== undefined) problems.push({ field, problem })
}

/** null stands for a field that is left out. A document that says when its task is due is not asked to agree with a default. */
function isLeftOut(document: Document, field: string): boolean {
  const fields = field === 'run_at' || field === 'delay' ? ['run_at', 'delay'] : [field]
  return fields.every((each) => (document[each] ?? null) === null)
}

/** `priority: must be ...`, one line for each problem. A field of somebody's invention may have any name. */
export function problemText({ field, problem }: Problem): string {
  const name = /^[\w-]{1,40}$/.test(field) ? field : clip(JSON.stringify(field), SHOWN_CHARS)
  return field === '' ? problem : `${name}: ${problem}`
}

/** A name of a kind, queue or schedule, or what is wrong with it. */
export function nameProblem(value: unknown): string | undefined {
  const isName = typeof value === 'string' && NAME.test(value)
  return isName ? undefined : `${NAME_PROBLEM}${got(value)}`
}

const KEY = new RegExp(`^[^\\u0000]{1,${LIMITS.uniqueKeyChars}}$`, 'u')

const INSTANT = 'must be a time with its zone, such as 2030-01-31T09:00:00Z or 2030-01-31T09:00:00+02:00'
const TRACEPARENT =
  'must be a W3C trace context such as 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const UNIQUE_KEY = `must be a text of 1 to ${LIMITS.uniqueKeyChars} characters without U+0000`

/** Writes what a value means into the task, or says what is wrong with it. */
type Field = (task: NewTask, value: unknown) => string | undefined

const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['kind', name('kind')],
  ['payload', payload],
  ['queue', name('queue')],
  ['priority', whole('priority', LIMITS.minPriority, LIMITS.maxPriority)],
  ['run_at', text('runAt', isInstant, INSTANT)],
  ['delay', duration('delayMs', 0, LIMITS.delayMs)],
  ['max_attempts', whole('maxAttempts', 1, LIMITS.maxAttempts)],
  ['unique_key', text('uniqueKey', isKey, UNIQUE_KEY)],
  ['timeout', duration('timeoutMs', 1, LIMITS.timeoutMs)],
  ['traceparent', traceparent],
])

const NO_FIELD = `is no field of a task; those are ${[...FIELDS.keys()].join(', ')}`

function payload(task: NewTask, value: unknown): string | undefined {
  const problem = payloadProblem(value)
  if (problem === undefined) task.payload = value as JsonValue
  return problem
}

function name(of: 'kind' | 'queue'): Field {
  return (task, value) => {
    const problem = nameProblem(value)
    if (problem === undefined) task[of] = value as string
    return problem
  }
}

function text(
  of: 'runAt' | 'uniqueKey',
  isRight: (value: unknown) => value is string,
  mustBe: string,
): Field {
  return (task, value) => {
    if (!isRight(value)) return mustBe + got(value)
    task[of] = value
    return undefined
  }
}

function whole(of: 'priority' | 'maxAttempts', min: number, max: number): Field {
  return (task, value) => {
    const isWithin = Number.isInteger(value) && (value as number) >= min && (value as number) <= max
    if (!isWithin) return `must be a whole number from ${min} to ${max}${got(value)}`
    task[of] = value as number
    return undefined
  }
}

/** A number is seconds. */
function duration(of: 'delayMs' | 'timeoutMs', minMs: number, maxMs: number): Field {
  return (task, value) => {
    const ms = typeof value === 'number' ? Math.round(value * UNIT_MS.s) : parseDuration(String(value), 's')
    if (ms !== undefined && typeof value !== 'object' && ms >= minMs && ms <= maxMs) {
      task[of] = ms
      return undefined
    }
    const least = minMs > 0 ? 'of more than 0' : 'of 0 or more'
    return `must be a time ${least} and up to ${Math.floor(maxMs / UNIT_MS.d)}d, such as 500ms, 5s or 2m${got(value)}`
  }
}

function traceparent(task: NewTask, value: unknown): string | undefined {
  const trace = readTraceparent(value)
  if (trace === undefined) return TRACEPARENT + got(value)
  task.trace = trace
  return undefined
}

function isKey(value: unknown): value is string {
  return typeof value === 'string' && KEY.test(value) && value.isWellFormed()
}

/** ISO 8601 with a zone. Date.parse alone would take the 30th of February for the 2nd of March. */
function isInstant(value: unknown): value is string {
  const [, year, month, day] = ISO.exec(typeof value === 'string' ? value : '') ?? []
  if (year === undefined || Number.isNaN(Date.parse(value as string))) return false
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day)
}

// No zone is further away than PostgreSQL takes (15:59); there is no year 0.
const ISO =
  /^((?!0000)\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-](?:0\d|1[0-5]):[0-5]\d)$/

const SHOWN_CHARS = 100

function got(value: unknown): string {
  return `, got ${clip(JSON.stringify(value) ?? typeof value, SHOWN_CHARS)}`
}
