// The schemas that have a name in /openapi.json. A registry of our own: the one that zod shares may hold a user's schemas.
import { z } from 'zod'

export const components = z.registry<{ id: string }>()
