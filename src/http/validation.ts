// Requests against their schemas: all that is wrong at once, each problem with the name of its field.
import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { clip } from '../task/limits.ts'
import { type FieldProblem, wrongFields } from './problem.ts'

const readElsewhere = new WeakSet<z.ZodType>()

/** Says that the route itself reads what has this schema: it is there for types and for the documentation. */
export function readByRoute<Schema extends z.ZodType>(schema: Schema): Schema {
  readElsewhere.add(schema)
  return schema
}

export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  if (readElsewhere.has(schema)) return (value: unknown) => ({ value })
  return (data: unknown) => {
    const read = schema.safeParse(data, { error: sentence })
    return read.success
      ? { value: read.data }
      : { error: wrongFields(fieldProblems(read.error, httpPart === 'body')) }
  }
}

/** One for each field, also for those that nobody knows. Parameters have no fields of their own. */
function fieldProblems({ issues }: z.core.$ZodError, isNested: boolean): FieldProblem[] {
  return issues.flatMap((issue) => {
    const path = issue.path.slice(0, isNested ? undefined : 1).map(String)
    if (issue.code !== 'unrecognized_keys') return [{ field: path.join('.'), problem: issue.message }]
    return issue.keys.map((key) => ({ field: [...path, key].join('.'), problem: 'is not known here' }))
  })
}

/** For what the schema has no words of its own. */
function sentence(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'is missing'
  const wanted = wantedOf(issue)
  return wanted === undefined ? undefined : `${wanted}, got ${got(issue.input)}`
}

function wantedOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`
    case 'too_small':
      return issue.origin === 'array'
        ? `must hold ${issue.minimum} or more`
        : `must be ${issue.minimum} or more`
    case 'too_big':
      return issue.origin === 'array'
        ? `must hold ${issue.maximum} at most`
        : `must be ${issue.maximum} at most`
    default:
      return undefined
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
}

/** What is nested may be too deep to be written. */
function got(input: unknown): string {
  if (Array.isArray(input)) return `an array of ${input.length}`
  if (typeof input === 'object' && input !== null) return 'an object'
  return clip(String(JSON.stringify(input)), SHOWN_CHARS)
}

const SHOWN_CHARS = 64
