// /openapi.json, made from the schemas of the routes, and /docs, where they can be tried out in a browser.
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { components } from './components.ts'

/** Describes the routes that are registered after this. Works without a network. */
export async function documentation(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'taskproc', version, description: ABOUT },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: createJsonSchemaTransform({ schemaRegistry: components, skipList: [] }),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry: components }),
  })
  app.get('/openapi.json', { schema: { hide: true }, config: { isOpen: true } }, () => app.swagger())
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, isOpen: true }
    })
    scope.addHook('onRequest', (_request, reply, done) => {
      reply.headers(PAGE_HEADERS)
      done()
    })
    await scope.register(swaggerUi, { routePrefix: '/docs', uiConfig: { validatorUrl: null } })
  })
}

const ABOUT =
  'The HTTP side of a task processor for PostgreSQL. Refusals and failures are problem documents (RFC 9457).'

const PAGE_HEADERS = {
  'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'`,
}
