// Whatever is sent to whatever route: an answer of ours comes, it is never a failure, and the server is there afterwards.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { startApi } from './api.ts'
import { ROUTES } from './routes.ts'

const { url } = await testDatabase()
const routes = Object.keys(ROUTES).filter((route) => !ROUTES[route]?.isStream)

/** Texts that have broken programs, beside arbitrary ones. */
const nasty = fc.constantFrom(
  '',
  '0',
  '-1',
  '1e9',
  '9223372036854775807',
  '9223372036854775808',
  'NaN',
  '\u0000',
  '\ud800',
  "'; drop table taskproc.tasks; --",
  '"\n\r\t\\',
  '%',
  '%00',
  '%F0%9F',
  '../../etc/passwd',
  'null',
  '__proto__',
  'x'.repeat(2_000),
  '2030-02-30T00:00:00Z',
  '99999d',
)
const text = fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 20 }))
const names = fc.constantFrom(
  'kind',
  'payload',
  'queue',
  'priority',
  'run_at',
  'delay',
  'max_attempts',
  'unique_key',
  'timeout',
  'claim_number',
  'result',
  'error',
  'process',
  'limit',
  'kinds',
  'queues',
)
const value = fc.oneof(
  text,
  fc.double(),
  fc.integer(),
  fc.constantFrom(null, true, 2 ** 53, 1e308, -1e308, [], {}),
  fc.jsonValue(),
)
const document = fc.oneof(
  fc.dictionary(fc.oneof(names, text), value, { maxKeys: 6 }),
  fc.array(fc.oneof(fc.dictionary(names, value, { maxKeys: 4 }), value), { maxLength: 5 }),
  value,
)
const body = fc.oneof(
  { weight: 4, arbitrary: document.map((each) => JSON.stringify(each) ?? '') },
  { weight: 1, arbitrary: text },
)
const segment = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 50 }).map(String) },
  { weight: 1, arbitrary: text.filter((each) => each.isWellFormed()).map(encodeURIComponent) },
  { weight: 1, arbitrary: fc.constantFrom('%', '%00', '%zz', '%c3%28', '..', '1;2', '1,2') },
)
const query = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc.constantFrom(
          'status',
          'queue',
          'kind',
          'limit',
          'after',
          'newest',
          'process',
          'error',
          'older_than',
          'exact',
        ),
        text,
      ),
      text,
    ),
    { maxLength: 3 },
  )
  .map((pairs) =>
    pairs.map((pair) => pair.map((each) => encodeURIComponent(each.toWellFormed())).join('=')).join('&'),
  )
const contentType = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-8',
  'text/plain',
  'a/b',
  'json',
)

it('answers anything with a status below 500, and refusals with a problem document', async () => {
  const { call, logged } = await startApi(url, { allowReset: true })
  const request = fc.record({
    route: fc.constantFrom(...routes),
    id: segment,
    query,
    body: fc.option(body, { nil: undefined }),
    type: contentType,
  })
  await fc.assert(
    fc.asyncProperty(request, async ({ route, id, query, body, type }) => {
      const [method = 'GET', pattern = '/'] = route.split(' ')
      const path = pattern.replace(/\{\w+\}/g, () => id) + (query === '' ? '' : `?${query}`)
      const answer = await call(method, path, {
        ...(body === undefined ? {} : { body }),
        headers: body === undefined ? {} : { 'content-type': type },
      })
      expect(answer.status, answer.text).toBeLessThan(500)
      if (answer.status >= 400) {
        expect(answer.type).toBe('application/problem+json')
        expect(answer.body).toMatchObject({ status: answer.status, detail: expect.stringMatching(/\S/) })
        expect(answer.text).not.toMatch(/node_modules|\.ts:\d|at \w+ \(/)
      }
    }),
    { numRuns: 1_500 },
  )
  expect(logged.filter(({ level }) => level === 'error')).toEqual([])
  expect((await call('GET', '/readyz')).status).toBe(200)
})
