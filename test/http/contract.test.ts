// The contract: /openapi.json names the routes and their answers; each of them is produced, and is as its schema says.
import { describe, expect, it } from 'vitest'
import { startProxy } from '../flow/proxy.ts'
import { testDatabase } from '../support/database.ts'
import { startApi, type TestApi } from './api.ts'
import { describeApi, type OpenApi, type Operation, operations, validator } from './description.ts'
import { type Request, ROUTES, type RouteScenarios } from './routes.ts'
import { readHead } from './stream.ts'

const { url, pool } = await testDatabase()
const TOKEN = 'a secret that the tests know'.replaceAll(' ', '-')
const LIMITS = { bodyBytes: 2_000, wrongTokens: 2, drainTimeoutMs: 100 }

const guarded = await describeApi(url, { token: TOKEN })
const open = await describeApi(url)

it('has a scenario for each route, and none for a route that does not exist', () => {
  const documented = operations(open).map(({ route }) => route)
  expect(documented.sort()).toEqual(Object.keys(ROUTES).sort())
  expect(
    operations(guarded)
      .map(({ route }) => route)
      .sort(),
  ).toEqual(documented)
})

it.each([
  ['open', open],
  ['guarded', guarded],
] as const)('is a valid description of an %s API', (_, description) => {
  expect(description.openapi).toBe('3.1.0')
  const ajv = validator(description)
  for (const { responses } of operations(description))
    for (const { content = {} } of Object.values(responses))
      for (const { schema } of Object.values(content)) ajv.compile(schema)
})

describe.each([
  ['an open API', open, {}],
  ['an API with a token', guarded, { token: TOKEN }],
] as const)('of %s', (_, description, options) => {
  describe.each(operations(description).map((operation) => [operation.route, operation] as const))(
    '%s',
    (route, operation) => {
      const scenarios = ROUTES[route]
      it.each(Object.keys(operation.responses))('answers with %s, as documented', async (status) => {
        expect(scenarios, `no scenario for ${route}`).toBeDefined()
        if (scenarios === undefined) return
        const { api, request, expectRefused } = await prepare(status, scenarios, options)
        if (expectRefused > 0)
          for (let n = 0; n < expectRefused; n += 1) await api.call(operation.method, request.path, request)
        const answer =
          scenarios.isStream && status === '200'
            ? await readHead(api.port, request.path, request.headers)
            : await api.call(operation.method, request.path, request)
        expect(answer, answer.text.slice(0, 500)).toMatchObject({ status: Number(status) })
        expectDocumented(description, operation, status, answer)
      })
    },
  )
})

function expectDocumented(
  description: OpenApi,
  { responses }: Operation,
  status: string,
  { type, body, text }: { type: string; body: unknown; text: string },
): void {
  const content = responses[status]?.content ?? {}
  expect(Object.keys(content)).toContain(type)
  const ajv = validator(description)
  const isRight = ajv.validate(content[type]?.schema ?? false, /json$/.test(type) ? body : text)
  expect(isRight, `${ajv.errorsText()} in ${text.slice(0, 500)}`).toBe(true)
}

interface Prepared {
  readonly api: TestApi
  readonly request: Request
  /** So many calls before it are refused in another way. */
  readonly expectRefused: number
}

/** What all routes have in common is done here: the same wrong thing gets the same refusal everywhere. */
async function prepare(
  status: string,
  { plain, answers }: RouteScenarios,
  options: { token?: string },
): Promise<Prepared> {
  const settings = { ...options, limits: LIMITS }
  const authorized = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }
  const start = async (more: object = {}) => startApi(url, { ...settings, allowReset: true, ...more })
  const own = answers[status]
  const request = (extra: Partial<Request> = {}): Request => ({
    ...plain,
    ...extra,
    headers: { ...authorized, ...extra.headers },
  })
  if (own !== undefined) {
    const api = await start()
    const call: TestApi['call'] = (method, path, given) =>
      api.call(method, path, { ...given, headers: { ...authorized, ...given?.headers } })
    const made = await own(pool, { call })
    return { api, request: { ...made, headers: { ...authorized, ...made.headers } }, expectRefused: 0 }
  }
  const once = async (wrong: Request, more?: object) => ({
    api: await start(more),
    request: wrong,
    expectRefused: 0,
  })
  switch (status) {
    case '400':
      return once(request({ path: `${plain.path}?no_such_parameter=1` }))
    case '401':
      return once({ ...plain, headers: {} })
    case '403':
      if (options.token === undefined) return once(request({ headers: { origin: 'https://evil.example' } }))
      return once(request(), { allowReset: false })
    case '413':
      return once(request({ body: 'x'.repeat(LIMITS.bodyBytes + 1) }))
    case '415':
      return once(request({ body: 'x', headers: { 'content-type': 'text/plain' } }))
    case '421':
      return once(request({ headers: { host: 'evil.example' } }))
    case '429': {
      const wrong = { ...plain, headers: { authorization: 'Bearer wrong' } }
      return { api: await start(), request: wrong, expectRefused: LIMITS.wrongTokens }
    }
    case '503': {
      const proxy = await startProxy(url)
      const api = await startApi(proxy.url, { ...settings, allowReset: true })
      proxy.down()
      return { api, request: request(), expectRefused: 0 }
    }
    default:
      throw new Error(`no scenario for ${status}`)
  }
}
