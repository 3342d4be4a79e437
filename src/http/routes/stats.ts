// The numbers of the installation.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { ApiContext } from '../options.ts'

export function stats(_context: ApiContext): FastifyPluginAsyncZod {
  return async (_app) => {}
}
