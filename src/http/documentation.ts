// /openapi.json, made from the schemas of the routes, and /docs, where they can be tried out in a browser.
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifySchema } from 'fastify'
import { z } from 'zod'
import { components, namedSchemas } from './components.ts'
import { guardRefusals, refusals } from './documented.ts'
import { jsonSchema, namedSchema } from './json-schema.ts'

/** Describes the routes that are registered after this. Works without a network. */
export async function documentation(app: FastifyInstance, version: string, hasToken: boolean): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'taskproc', version, description: ABOUT },
      components: {
        securitySchemes: hasToken ? { token: { type: 'http', scheme: 'bearer' } } : {},
        schemas: Object.fromEntries(
          namedSchemas().map((schema) => {
            const { id = '', io = 'output', example } = components.get(schema) ?? {}
            const examples = example === undefined ? {} : { examples: [example] }
            return [id, { ...namedSchema(schema, io), ...examples }]
          }),
        ),
      },
      security: hasToken ? [{ token: [] }] : [],
    },
    transform: ({ schema, url, route }) => {
      const isOpen = route.config?.isOpen === true
      const bodyRefusals = schema?.body === undefined ? {} : refusals(413, 415)
      const response = {
        ...(schema?.response as Responses),
        ...bodyRefusals,
        ...guardRefusals(isOpen, hasToken),
      }
      const converted = convert({ ...schema, response })
      return { url, schema: isOpen && hasToken ? { ...converted, security: [] } : converted }
    },
  })
  await app.register(page)
}

const ABOUT =
  'The HTTP side of a task processor for PostgreSQL. Refusals and failures are problem documents (RFC 9457).'

/** The parts of a route's schema that are zod, as JSON Schema. */
function convert(schema: FastifySchema): FastifySchema {
  const converted = Object.entries(schema).map(([part, value]) => {
    if (part === 'response') return [part, convertResponses(value as Responses)]
    return [part, value instanceof z.ZodType ? jsonSchema(value, 'input') : value]
  })
  return Object.fromEntries(converted)
}

type Responses = Record<string, { description: string; content?: Record<string, { schema: z.ZodType }> }>

function convertResponses(responses: Responses): unknown {
  const converted = Object.entries(responses).map(([status, { content = {}, ...rest }]) => {
    const types = Object.entries(content).map(([type, { schema }]) => [
      type,
      { schema: jsonSchema(schema, 'output') },
    ])
    return [status, { ...rest, ...(types.length > 0 ? { content: Object.fromEntries(types) } : {}) }]
  })
  return Object.fromEntries(converted)
}

/** Swagger UI, from files of our own. */
async function page(app: FastifyInstance): Promise<void> {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, isOpen: true }
  })
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(PAGE_HEADERS)
    done()
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { validatorUrl: null },
    theme: { title: 'taskproc' },
    logo: { type: 'image/svg+xml', content: LOGO },
  })
}

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" width="110" height="40"><text y="27" font-family="sans-serif" font-size="22" font-weight="bold" fill="#fff">taskproc</text></svg>`

const PAGE_HEADERS = {
  'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'`,
}
