// From zod to JSON Schema, as /openapi.json has it: schemas with a name are referred to by it.
import { z } from 'zod'
import { components } from './components.ts'

type JsonSchema = object

/** `io`: what a client sends, or what it gets. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return convert(schema, io, (each) => components.get(each)?.id)
}

/** A named schema itself. */
export function namedSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return convert(schema, io, (each) => (each === schema ? undefined : components.get(each)?.id))
}

function convert(
  schema: z.ZodType,
  io: 'input' | 'output',
  nameOf: (schema: z.core.$ZodType) => string | undefined,
): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const name = nameOf(zodSchema)
      if (name !== undefined) {
        for (const key of Object.keys(jsonSchema)) delete jsonSchema[key]
        jsonSchema.$ref = `#/components/schemas/${name}`
      }
      // Every integer has these bounds: they say nothing.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    },
  })
  return json
}
