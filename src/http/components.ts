// The schemas that have a name in /openapi.json. A registry of our own: the one that zod shares may hold a user's schemas.
import { z } from 'zod'

/** `io`: whether clients send it or get it. */
export interface Component {
  id: string
  io: 'input' | 'output'
}

export const components = z.registry<Component>()

const all: z.ZodType[] = []

/** Gives `schema` a name, and returns it. */
export function named<Schema extends z.ZodType>(
  schema: Schema,
  id: string,
  io: Component['io'] = 'output',
): Schema {
  components.add(schema, { id, io })
  all.push(schema)
  return schema
}

/** Those that were given a name so far. */
export function namedSchemas(): readonly z.ZodType[] {
  return all
}
