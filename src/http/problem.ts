// Problem documents (RFC 9457): how every refusal and every failure is said, naming each wrong field.
import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import { named } from './components.ts'

const fieldProblem = z.object({
  index: z.int().optional().describe('Which task of the array it is about, from 0'),
  field: z.string().describe('Empty where the whole document is wrong'),
  problem: z.string(),
})

export const problem = named(
  z.object({
    type: z.string(),
    title: z.string().describe('The name of the status'),
    status: z.int(),
    detail: z.string().describe('What is wrong, and what to do'),
    errors: z.array(fieldProblem).optional().describe('Every field that is wrong'),
  }),
  'Problem',
)

export type FieldProblem = z.output<typeof fieldProblem>
export type Problem = z.output<typeof problem>

export const PROBLEM_TYPE = 'application/problem+json'

export interface RefusalDetails {
  readonly errors?: readonly FieldProblem[] | undefined
  readonly headers?: Readonly<Record<string, string>>
}

/** Thrown by a route or a hook: the answer is this status with a problem document. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly statusCode: number
  readonly errors: readonly FieldProblem[] | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(statusCode: number, detail: string, { errors, headers = {} }: RefusalDetails = {}) {
    super(detail)
    this.statusCode = statusCode
    this.errors = errors
    this.headers = headers
  }
}

/** 400 with every wrong field. */
export function wrongFields(errors: readonly FieldProblem[], detail = 'The request is wrong.'): Refusal {
  return new Refusal(400, detail, { errors })
}

/** 503: the same request may succeed in a moment. */
export function unavailable(detail: string, retryAfterMs: number): Refusal {
  return new Refusal(503, detail, { headers: retryAfter(retryAfterMs) })
}

/** The header, in whole seconds: 1 at the least. */
export function retryAfter(ms: number): { 'retry-after': string } {
  return { 'retry-after': String(Math.max(1, Math.ceil(ms / 1000))) }
}

/** The document of RFC 9457. */
export function problemDocument({ statusCode, message, errors }: Refusal): Problem {
  const title = STATUS_CODES[statusCode] ?? 'Error'
  const document = { type: 'about:blank', title, status: statusCode, detail: message }
  return errors === undefined ? document : { ...document, errors: [...errors] }
}
