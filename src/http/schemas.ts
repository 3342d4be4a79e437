// The documents of the API, each written once: for validation, for types, for /openapi.json and for /docs.
import { z } from 'zod'
import { LIMITS } from '../task/limits.ts'
import { STATUSES } from '../task/status.ts'
import { taskId } from '../task/task.ts'
import { named } from './components.ts'

const LARGEST_ID = 2n ** 63n - 1n

/** Whether a bigint column can hold it, and a row may have it. */
export function isId(digits: string): boolean {
  return /^\d{1,19}$/.test(digits) && BigInt(digits) >= 1n && BigInt(digits) <= LARGEST_ID
}

export const ID_PROBLEM = `must be a whole number from 1 to ${LARGEST_ID}`

/** An id in a path or a query: digits, 1 to 2^63 - 1. */
export const idText = z
  .string()
  .refine(isId, ID_PROBLEM)
  .transform((digits) => taskId(digits))
  .describe('The id of a task, 1 to 9223372036854775807')

export const idParams = z.strictObject({ id: idText })

/** For routes without parameters: whatever is there is a mistake. */
export const noQuery = z.strictObject({})

/** For routes whose path says it all. */
export const emptyBody = z
  .strictObject({})
  .nullish()
  .describe('Nothing, or an empty object')
  .meta({ examples: [{}] })

/** A number while it is exact, else its digits. */
export const id = z
  .union([z.int().positive(), z.string().regex(/^\d{16,19}$/)])
  .describe('A number up to 2^53 - 1, above that its digits as a string')

/** How many, in a query: digits, 1 to `most`. */
export function rowCount(most: number) {
  const sentence = `must be a whole number from 1 to ${most}`
  return z
    .string()
    .regex(/^\d{1,9}$/, sentence)
    .transform(Number)
    .refine((value) => value >= 1 && value <= most, sentence)
}

export const status = z.enum(STATUSES)

/** ISO 8601 in UTC, with microseconds. */
export const instant = z.string().describe('ISO 8601 in UTC, such as 2030-01-31T09:00:00.000000Z')

/** Whatever JSON can hold. */
export const json = z.unknown().describe('Any JSON value')

export const task = named(
  z.object({
    id,
    kind: z.string(),
    queue: z.string(),
    status,
    payload: json,
    priority: z.int(),
    attempts: z.int(),
    max_attempts: z.int(),
    crashes: z.int(),
    claim_number: z.int(),
    run_at: instant,
    claimed_by: z.string().nullable().describe('The process that holds it, or held it when it finished'),
    claimed_at: instant.nullable(),
    finished_at: instant.nullable(),
    result: json,
    error: z.string().nullable(),
    unique_key: z.string().nullable(),
    created_at: instant,
    updated_at: instant,
  }),
  'Task',
)

const name = z.string().min(1).max(LIMITS.nameChars)
const duration = z.union([z.number().min(0), z.string()])

/** As /docs fills it in: each example works as it stands. */
export const newTaskExample = { kind: 'reverse', payload: 'hello' }

/**
 * A task to be inserted. What validates it is readNewTask (src/task/new-task.ts), the same as on the command line: this
 * says the same for /openapi.json, and a test compares them. null stands for a field that is left out.
 */
export const newTask = named(
  z.strictObject({
    kind: name.describe('Selects the handler'),
    payload: json.optional(),
    queue: name.nullish().describe('Default: default'),
    priority: z
      .int()
      .min(LIMITS.minPriority)
      .max(LIMITS.maxPriority)
      .nullish()
      .describe('The larger comes first. Default: 0'),
    run_at: z
      .string()
      .nullish()
      .describe('ISO 8601 with a zone, such as 2030-01-31T09:00:00Z; instead of delay'),
    delay: duration.nullish().describe('500ms, 5s, 2m; a number is seconds'),
    max_attempts: z.int().min(1).max(LIMITS.maxAttempts).nullish().describe('Default: 3'),
    unique_key: z
      .string()
      .min(1)
      .max(LIMITS.uniqueKeyChars)
      .nullish()
      .describe('Refused with 409 while a live task has the same'),
    timeout: duration.nullish().describe('A run that takes longer has failed'),
    traceparent: z
      .string()
      .nullish()
      .describe('The W3C trace context that its runs belong to. Default: the header of this name'),
  }),
  'NewTask',
  'input',
  newTaskExample,
)

export const ids = named(z.object({ ids: z.array(id) }), 'Ids')
