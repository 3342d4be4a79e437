// POST /tasks: one task, many, and all that can be wrong with them.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { startApi } from './api.ts'

const { url } = await testDatabase()

it('inserts a task and answers with its document', async () => {
  const { call } = await startApi(url)
  const answer = await call('POST', '/tasks', { body: { kind: 'mail', payload: { b: [1], a: 'x' } } })
  expect(answer.status).toBe(201)
  const { id } = answer.body as { id: number }
  expect(answer.headers.get('location')).toBe(`/tasks/${id}`)
  expect(await call('GET', `/tasks/${id}`)).toMatchObject({ status: 200, body: answer.body })
})
