// The API server as a whole: what is there, what is not, and how it ends.
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { atTestEnd } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'
import { startApi } from './api.ts'

const { url, pool } = await testDatabase()

it('answers with a problem document where there is nothing', async () => {
  const { call } = await startApi(url)
  const answer = await call('GET', '/nothing')
  expect(answer).toMatchObject({
    status: 404,
    type: expect.stringContaining('application/problem+json'),
    body: { status: 404 },
  })
})

it('sends a browser that asks for / to the page, and tells a program where to look', async () => {
  const { call } = await startApi(url, { token: 'a-secret-that-nobody-sends' })
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8'
  const sent = await call('GET', '/', { headers: { accept } })
  expect(sent).toMatchObject({ status: 302, headers: { location: './docs' } })
  expect((await call('GET', '/docs')).status).toBe(200)
  const told = await call('GET', '/', { headers: { accept: '*/*' } })
  expect(told).toMatchObject({
    status: 404,
    body: { detail: expect.stringMatching(/\/docs .*\/openapi\.json/) },
  })
})

it('names the methods of a path to who uses another one', async () => {
  const { call } = await startApi(url)
  const answer = await call('PATCH', '/tasks/7?x=1', { body: 'not json' })
  expect(answer).toMatchObject({ status: 405, body: { title: 'Method Not Allowed' } })
  expect(answer.headers.allow).toBe('GET, HEAD')
})

it.each(['x', '0', '-1', '9223372036854775808', '%00', '1e3', '%F0%9F%8E%89', '9'.repeat(300), '07e'])(
  'refuses the id %s',
  async (id) => {
    const { call } = await startApi(url)
    for (const path of [`/tasks/${id}`, `/tasks/${id}/logs`])
      expect(await call('GET', path), path).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'id' }] },
      })
    expect((await call('POST', `/tasks/${id}/retry`)).status).toBe(400)
  },
)

it.each(['/%', '/tasks/%c3%28', '/tasks/%zz', `/tasks/${'a'.repeat(3_000)}`])(
  'refuses the path %s',
  async (path) => {
    const { call } = await startApi(url)
    const answer = await call('GET', path)
    expect(answer).toMatchObject({ type: 'application/problem+json' })
    expect(answer.status).toBeOneOf([400, 414])
  },
)

it('has a page that works without a network', async () => {
  const { call } = await startApi(url)
  const page = await call('GET', '/docs')
  expect(page).toMatchObject({ status: 200, type: 'text/html' })
  const files = [...page.text.matchAll(/(?:src|href)="\.?\/?([^"]+)"/g)].map(([, file]) => `/${file}`)
  expect(files.length).toBeGreaterThan(3)
  for (const file of files) expect((await call('GET', file)).status, file).toBe(200)
  const script = await call('GET', files.find((file) => file.endsWith('initializer.js')) ?? '')
  expect(script.text).toContain('"validatorUrl":null')
  // An empty picture is shown as a broken one.
  expect(script.text).toMatch(/img.src = 'data:image\/svg\+xml;base64,\w{20}/)
})

it('puts every route under a heading of its own choice', async () => {
  const { call } = await startApi(url)
  const { paths } = (await call('GET', '/openapi.json')).body as {
    paths: Record<string, Record<string, { tags?: string[] }>>
  }
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { tags = [] }]) => ({ route: `${method} ${path}`, tags })),
  )
  expect(routes.length).toBeGreaterThan(10)
  expect(routes.filter(({ tags }) => tags.length === 0)).toEqual([])
})

it('closes while clients keep connections open, and answers what comes on them meanwhile', async () => {
  const { api, port } = await startApi(url)
  const client = await pool.connect()
  atTestEnd(() => client.release())
  await client.query(`begin; insert into taskproc.tasks (kind, unique_key) values ('a', 'held')`)
  const socket = connect(port, '127.0.0.1')
  let got = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    got += chunk
  })
  const idle = connect(port, '127.0.0.1')
  const ended = Promise.all(
    [socket, idle].map((each) => new Promise((resolve) => each.on('close', resolve).resume())),
  )
  const body = JSON.stringify({ kind: 'a', unique_key: 'held' })
  socket.write(
    `POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  await eventually('a request in flight', () => api.inFlight === 1)
  const closed = api.close()
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await client.query('rollback')
  await Promise.all([closed, ended])
  expect(got).toMatch(/^HTTP\/1.1 201 /)
  await api.close()
})

it('answers with 503 what takes too long, and nothing more when it is done after all', async () => {
  const { api, call, logged } = await startApi(url, { limits: { answerTimeoutMs: 200, timeoutCheckMs: 50 } })
  const client = await pool.connect()
  atTestEnd(() => client.release(true))
  await client.query('begin; lock table taskproc.tasks in access exclusive mode')
  const answer = await call('GET', '/tasks/1')
  const body = { detail: expect.stringMatching(/^The answer took too long/) }
  expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' }, body })
  await client.query('rollback')
  expect((await call('GET', '/tasks/1')).status).toBe(404)
  await eventually('nothing in flight', () => api.inFlight === 0)
  expect(logged.filter(({ level }) => level === 'error')).toEqual([])
})

it('cuts off after a while what does not end', async () => {
  const { api, port } = await startApi(url, { limits: { drainTimeoutMs: 200 } })
  const client = await pool.connect()
  atTestEnd(() => client.release(true))
  await client.query(`begin; insert into taskproc.tasks (kind, unique_key) values ('a', 'stuck')`)
  const socket = connect(port, '127.0.0.1')
  const ended = new Promise((resolve) => socket.on('close', resolve).resume())
  const body = JSON.stringify({ kind: 'a', unique_key: 'stuck' })
  socket.write(
    `POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  await eventually('a request in flight', () => api.inFlight === 1)
  await Promise.all([api.close(), ended])
})
