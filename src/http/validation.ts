// Requests against their schemas: all that is wrong at once, each problem with the name of its field.
import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
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
    const read = schema.safeParse(data)
    return read.success
      ? { value: read.data }
      : { error: wrongFields(fieldProblems(read.error, httpPart === 'body')) }
  }
}

/** One for each field, also for those that nobody knows. Parameters have no fields of their own. */
function fieldProblems({ issues }: z.core.$ZodError, isNested: boolean): FieldProblem[] {
  return issues.flatMap((issue) => {
    const path = issue.path.slice(0, isNested ? undefined : 1).map(String)
    if (issue.code !== 'unrecognized_keys') return [{ field: path.join('.'), problem: sentence(issue) }]
    return issue.keys.map((key) => ({ field: [...path, key].join('.'), problem: 'is not known here' }))
  })
}

function sentence({ message }: z.core.$ZodIssue): string {
  return message.startsWith('Invalid input: ')
    ? `is wrong: ${message.slice('Invalid input: '.length)}`
    : message
}
