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
  const task: Partial<NewTask> = {}
  const problems: Problem[] = []
  const take = (field: string, value: unknown) => {
    const read = FIELDS.get(field)?.(value) ?? NO_FIELD
    if (typeof read === 'string') problems.push({ field, problem: read })
    else Object.assign(task, read)
  }
  // By key: the pairs of Object.entries cost a fifth of a list of a hundred thousand tasks.
  for (const field of Object.keys(given))
    if (given[field] !== null || field === 'payload' || !FIELDS.has(field)) take(field, given[field])
  for (const field of Object.keys(defaults))
    if (defaults[field] !== undefined && isLeftOut(given, field)) take(field, defaults[field])
  if (isLeftOut(given, 'kind') && defaults['kind'] === undefined)
    problems.push({ field: 'kind', problem: 'is missing' })
  if (task.runAt !== undefined && task.delayMs !== undefined)
    problems.push({ field: 'delay', problem: 'run_at says already when it is due' })
  return problems.length > 0 ? { problems } : { task: Object.assign(task, { kind: task.kind ?? '' }) }
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

/** What a value means for the task, or a sentence about what is wrong with it. */
type Field = (value: unknown) => Partial<NewTask> | string

const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['kind', (value) => nameProblem(value) ?? { kind: value as string }],
  ['payload', (value) => payloadProblem(value) ?? { payload: value as JsonValue }],
  ['queue', (value) => nameProblem(value) ?? { queue: value as string }],
  ['priority', (value) => whole(value, LIMITS.minPriority, LIMITS.maxPriority, (priority) => ({ priority }))],
  ['run_at', (value) => (isInstant(value) ? { runAt: value } : INSTANT + got(value))],
  ['delay', (value) => duration(value, 0, LIMITS.delayMs, (delayMs) => ({ delayMs }))],
  ['max_attempts', (value) => whole(value, 1, LIMITS.maxAttempts, (maxAttempts) => ({ maxAttempts }))],
  ['unique_key', (value) => (isKey(value) ? { uniqueKey: value } : UNIQUE_KEY + got(value))],
  ['timeout', (value) => duration(value, 1, LIMITS.timeoutMs, (timeoutMs) => ({ timeoutMs }))],
  ['traceparent', traceparent],
])

const NO_FIELD = `is no field of a task; those are ${[...FIELDS.keys()].join(', ')}`
const INSTANT = 'must be a time with its zone, such as 2030-01-31T09:00:00Z or 2030-01-31T09:00:00+02:00'
const TRACEPARENT =
  'must be a W3C trace context such as 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const UNIQUE_KEY = `must be a text of 1 to ${LIMITS.uniqueKeyChars} characters without U+0000`

function whole(
  value: unknown,
  min: number,
  max: number,
  part: (value: number) => Partial<NewTask>,
): Partial<NewTask> | string {
  const isWithin = Number.isInteger(value) && (value as number) >= min && (value as number) <= max
  return isWithin ? part(value as number) : `must be a whole number from ${min} to ${max}${got(value)}`
}

/** A number is seconds. */
function duration(
  value: unknown,
  minMs: number,
  maxMs: number,
  part: (ms: number) => Partial<NewTask>,
): Partial<NewTask> | string {
  const ms = typeof value === 'number' ? Math.round(value * UNIT_MS.s) : parseDuration(String(value), 's')
  if (ms !== undefined && typeof value !== 'object' && ms >= minMs && ms <= maxMs) return part(ms)
  const least = minMs > 0 ? 'of more than 0' : 'of 0 or more'
  return `must be a time ${least} and up to ${Math.floor(maxMs / UNIT_MS.d)}d, such as 500ms, 5s or 2m${got(value)}`
}

function traceparent(value: unknown): Partial<NewTask> | string {
  const trace = readTraceparent(value)
  return trace === undefined ? TRACEPARENT + got(value) : { trace }
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
