// The API server as a whole: what is there, what is not, and how it ends.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { startApi } from './api.ts'

const { url } = await testDatabase()

it('answers with a problem document where there is nothing', async () => {
  const { call } = await startApi(url)
  const answer = await call('GET', '/nothing')
  expect(answer).toMatchObject({
    status: 404,
    type: expect.stringContaining('application/problem+json'),
    body: { status: 404 },
  })
})

it('names the methods of a path to who uses another one', async () => {
  const { call } = await startApi(url)
  const answer = await call('PATCH', '/tasks/7?x=1', { body: 'not json' })
  expect(answer).toMatchObject({ status: 405, body: { title: 'Method Not Allowed' } })
  expect(answer.headers.allow).toBe('GET, HEAD')
})

it('shows one task, and names what is wrong with an id', async () => {
  const { call } = await startApi(url)
  expect(await call('GET', '/tasks/7')).toMatchObject({ status: 404 })
  for (const id of ['x', '0', '-1', '9223372036854775808', '%00', '1e3', '9'.repeat(300)]) {
    const answer = await call('GET', `/tasks/${id}`)
    expect(answer, id).toMatchObject({ status: 400, body: { errors: [{ field: 'id' }] } })
  }
  const answer = await call('GET', '/tasks/9223372036854775807?a=1&b=2')
  expect(answer.body).toMatchObject({ errors: [{ field: 'a' }, { field: 'b' }] })
})

it('describes itself', async () => {
  const { call } = await startApi(url)
  const { status } = await call('GET', '/openapi.json')
  expect(status).toBe(200)
  expect(await call('GET', '/docs')).toMatchObject({ status: 200 })
})
