// All tasks: insert and list.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { ApiContext } from '../options.ts'

export function tasks(_context: ApiContext): FastifyPluginAsyncZod {
  return async (_app) => {}
}
