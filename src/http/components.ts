// The schemas that have a name in /openapi.json. A registry of our own: the one that zod shares may hold a user's schemas.
import { z } from 'zod'

/** `io`: whether clients send it or get it. */
export interface Component {
  id: string
  io: 'input' | 'output'
  /** Of what clients send: /docs fills it in. zod has a place for it, and drops it where a field is transformed. */
  example?: object | undefined
}

export const components = z.registry<Component>()

const all: z.ZodType[] = []

/** Gives `schema` a name, and returns it. An `example` has to work as it stands. */
export function named<Schema extends z.ZodType>(
  schema: Schema,
  id: string,
  io: Component['io'] = 'output',
  example?: object,
): Schema {
  components.add(schema, { id, io, example })
  all.push(schema)
  return schema
}

/** Those that were given a name so far. */
export function namedSchemas(): readonly z.ZodType[] {
  return all
}
