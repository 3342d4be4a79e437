// The examples that /docs fills in: each is as its schema says, and does what the route is for as it stands.
import { describe, expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { startApi } from './api.ts'
import { describeApi, type Media, operations, validator } from './description.ts'

const { url } = await testDatabase()
const description = await describeApi(url)
const { call } = await startApi(url)
const withBody = operations(description).flatMap(({ route, method, requestBody }) =>
  requestBody === undefined ? [] : [{ route, method, media: requestBody.content['application/json'] }],
)

it('there are routes that take a body', () => {
  expect(withBody.map(({ route }) => route)).toEqual(expect.arrayContaining(['POST /tasks', 'POST /claims']))
})

describe.each(withBody)('the example of $route', ({ route, method, media }) => {
  const examples = examplesOf(media)

  it('is there, and is as its schema says', () => {
    expect(examples.length).toBeGreaterThan(0)
    const ajv = validator(description)
    for (const example of examples)
      expect(ajv.validate(media?.schema ?? false, example), ajv.errorsText()).toBe(true)
  })

  it('is understood', async () => {
    const path = route
      .slice(method.length + 1)
      .replace('{id}', '1')
      .replace('{name}', 'mine')
    for (const body of examples) {
      const { status, text } = await call(method, path, { body })
      expect(status, text).not.toBe(400)
      if (route === 'POST /tasks') expect(status, text).toBe(201)
      if (route === 'POST /claims') expect(status, text).toBe(200)
    }
  })
})

/** Those of the body itself, else those of the named schema that it refers to: as Swagger UI looks for them. */
function examplesOf(media: Media | undefined): unknown[] {
  if (media === undefined) return []
  if (media.example !== undefined) return [media.example]
  if (media.examples !== undefined) return Object.values(media.examples).map(({ value }) => value)
  const name = media.schema.$ref?.split('/').at(-1) ?? ''
  return [...(media.schema.examples ?? description.components.schemas[name]?.examples ?? [])]
}
