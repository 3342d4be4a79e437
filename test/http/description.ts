// What /openapi.json says, for the tests that compare the API with it.
import { Ajv2020 } from 'ajv/dist/2020.js'
import { startApi } from './api.ts'

interface Described {
  readonly $ref?: string
  readonly examples?: readonly unknown[]
}

export interface Media {
  readonly schema: Described
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}

export interface Operation {
  readonly route: string
  readonly method: string
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> } | undefined
  readonly responses: Readonly<Record<string, { content?: Record<string, { schema: object }> }>>
}

export interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, 'route' | 'method'>>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Described>> }
}

/** What /openapi.json of an API says; `database` is a URL. */
export async function describeApi(database: string, options: { token?: string } = {}): Promise<OpenApi> {
  const { call } = await startApi(database, options)
  return (await call('GET', '/openapi.json')).body as OpenApi
}

export function operations({ paths }: OpenApi): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody, responses }]) => ({
      route: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      requestBody,
      responses,
    })),
  )
}

/** To compile a schema costs as much as ten requests: what one description says is compiled once. */
const validators = new WeakMap<OpenApi, Ajv2020>()

/** Knows the named schemas of the description. */
export function validator(description: OpenApi): Ajv2020 {
  const known = validators.get(description)
  if (known !== undefined) return known
  const ajv = newValidator(description)
  validators.set(description, ajv)
  return ajv
}

function newValidator({ components }: OpenApi): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  const references = JSON.parse(JSON.stringify({ components }))
  ajv.addSchema({ $id: 'http://contract/', ...references })
  const resolved = new Map<string, object>()
  // Ajv knows what it has compiled by the object.
  const resolve = (schema: object): object => {
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"http://contract/#/components/')
    const one = resolved.get(text) ?? JSON.parse(text)
    resolved.set(text, one)
    return one
  }
  const compile = ajv.compile.bind(ajv)
  ajv.compile = ((schema: object) => compile(resolve(schema))) as typeof ajv.compile
  const validate = ajv.validate.bind(ajv)
  ajv.validate = ((schema: object, data: unknown) => validate(resolve(schema), data)) as typeof ajv.validate
  return ajv
}
