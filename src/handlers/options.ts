// The options of a kind, field by field: what a user may write, what it becomes, and the sentence where it is wrong.
import { inspect } from 'node:util'
import { DEFAULT_BACKOFF } from '../task/backoff.ts'
import { parseDuration } from '../task/duration.ts'
import { LIMITS } from '../task/limits.ts'
import type { Handler, Registration } from './handler.ts'
import type { StandardSchema } from './standard-schema.ts'

/** Says what is wrong, in a sentence that begins with the field. */
export type Refuse = (problem: string) => undefined

/** What a field becomes; undefined where it was refused. */
type Check = (value: unknown, refuse: Refuse) => Partial<Registration> | undefined

/** A timer takes no more (24.8 days); beyond it, it would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1
const TIME = `a time (milliseconds, or a text such as '500ms', '5s', '2m')`

export const CHECKS: Readonly<Record<string, Check>> = {
  handler: (value, refuse) =>
    typeof value === 'function'
      ? { handler: value as Handler }
      : refuse(`handler must be a function, got ${shown(value)}`),
  schema: (value, refuse) =>
    isSchema(value)
      ? { schema: value }
      : refuse(
          `schema must be a Standard Schema, as zod, valibot and arktype make them, got ${shown(value)}`,
        ),
  timeout: (value, refuse) => {
    const timeoutMs = durationMs(value)
    if (timeoutMs !== undefined && timeoutMs >= 1 && timeoutMs <= MAX_TIMER_MS) return { timeoutMs }
    return refuse(`timeout must be ${TIME} from 1ms to 24d, got ${shown(value)}`)
  },
  backoff: readBackoff,
  maxAttempts: (value, refuse) =>
    isWhole(value, LIMITS.maxAttempts)
      ? { maxAttempts: value }
      : refuse(`maxAttempts must be a whole number from 1 to ${LIMITS.maxAttempts}, got ${shown(value)}`),
  limit: (value, refuse) =>
    isWhole(value, Number.MAX_SAFE_INTEGER)
      ? { limit: value }
      : refuse(`limit must be a whole number of at least 1, got ${shown(value)}`),
}

function readBackoff(value: unknown, refuse: Refuse): Partial<Registration> | undefined {
  const fixedMs = durationMs(value)
  if (fixedMs !== undefined) return { backoff: { baseMs: fixedMs, factor: 1, capMs: fixedMs, jitter: 0 } }
  if (!isRecord(value))
    return refuse(`backoff must be ${TIME} or { base, factor, cap, jitter }, got ${shown(value)}`)
  const { base, factor = DEFAULT_BACKOFF.factor, cap, jitter = DEFAULT_BACKOFF.jitter, ...others } = value
  const baseMs =
    base === undefined ? Math.min(DEFAULT_BACKOFF.baseMs, durationMs(cap) ?? Infinity) : durationMs(base)
  const capMs = cap === undefined ? Math.max(DEFAULT_BACKOFF.capMs, baseMs ?? 0) : durationMs(cap)
  for (const other of Object.keys(others))
    refuse(`backoff.${other} is no option; there are base, factor, cap, jitter`)
  if (baseMs === undefined) return refuse(`backoff.base must be ${TIME}, got ${shown(base)}`)
  if (capMs === undefined || capMs < baseMs)
    return refuse(`backoff.cap must be ${TIME}, not below base, got ${shown(cap)}`)
  if (!isWithin(factor, 1, 1000))
    return refuse(`backoff.factor must be a number from 1 to 1000, got ${shown(factor)}`)
  if (!isWithin(jitter, 0, 1))
    return refuse(`backoff.jitter must be a number from 0 to 1, got ${shown(jitter)}`)
  return { backoff: { baseMs, factor, capMs, jitter } }
}

function durationMs(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? parseDuration(value) : value
  return isWithin(ms, 0, Number.MAX_SAFE_INTEGER) ? Math.round(ms) : undefined
}

function isWithin(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && value >= min && value <= max
}

function isWhole(value: unknown, max: number): value is number {
  return Number.isInteger(value) && isWithin(value, 1, max)
}

/** Some schemas are functions with properties. */
function isSchema(value: unknown): value is StandardSchema {
  const isHolder = (typeof value === 'object' && value !== null) || typeof value === 'function'
  if (!isHolder || !('~standard' in value)) return false
  const standard: unknown = value['~standard']
  return isRecord(standard) && typeof standard['validate'] === 'function'
}

/** An object with fields: no array, no null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a user gave, in one short line for an error. */
export function shown(value: unknown): string {
  return inspect(value, {
    depth: 1,
    breakLength: Number.POSITIVE_INFINITY,
    maxStringLength: 60,
    maxArrayLength: 3,
  })
}
