// The guard: tokens, names, origins, sizes and times.
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { atTestEnd } from '../support/end.ts'
import { startApi } from './api.ts'

const { url } = await testDatabase()
const TOKEN = 'correct-horse-battery-staple'

describe('a token', () => {
  it('is asked of every route that tells of tasks, and of those that do not exist', async () => {
    const { call } = await startApi(url, { token: TOKEN })
    const wanted = [
      ['GET', '/tasks'],
      ['POST', '/tasks'],
      ['DELETE', '/tasks'],
      ['GET', '/tasks/1'],
      ['GET', '/stats'],
    ]
    for (const [method = '', path = ''] of [
      ...wanted,
      ['GET', '/events'],
      ['GET', '/nothing'],
      ['PUT', '/tasks'],
    ]) {
      const answer = await call(method, path)
      expect(answer, path).toMatchObject({ status: 401, type: 'application/problem+json' })
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/)
    }
    for (const path of ['/healthz', '/readyz', '/openapi.json', '/docs', '/docs/static/swagger-ui.css'])
      expect((await call('GET', path)).status, path).toBe(200)
    const headers = { authorization: `Bearer ${TOKEN}`, host: 'api.example.com' }
    expect((await call('GET', '/tasks', { headers })).status).toBe(200)
    expect(
      (await call('GET', '/tasks', { headers: { ...headers, authorization: `bearer  ${TOKEN}` } })).status,
    ).toBe(200)
  })

  it.each([
    '',
    'Bearer',
    'Bearer ',
    `Basic ${TOKEN}`,
    TOKEN,
    `Bearer ${TOKEN} x`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
  ])('is not %j', async (authorization) => {
    const { call } = await startApi(url, { token: TOKEN })
    expect((await call('GET', '/stats', { headers: { authorization } })).status).toBe(401)
  })

  it('is refused before the body is read', async () => {
    const { call } = await startApi(url, { token: TOKEN })
    expect((await call('POST', '/tasks', { body: '{broken' })).status).toBe(401)
  })

  it('can be guessed a few times; then the address has to wait, also with the right one', async () => {
    const limits = { wrongTokens: 3, wrongTokenRefillMs: 60_000 }
    const { call } = await startApi(url, { token: TOKEN, limits })
    const ask = (token: string) => call('GET', '/stats', { headers: { authorization: `Bearer ${token}` } })
    for (let n = 0; n < 3; n += 1) expect((await ask('wrong')).status).toBe(401)
    const answer = await ask(TOKEN)
    expect(answer).toMatchObject({ status: 429, type: 'application/problem+json' })
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(50)
    expect((await call('GET', '/healthz')).status).toBe(200)
  })

  it('is counted by the address that a trusted proxy tells, and by no other', async () => {
    const limits = { wrongTokens: 1, wrongTokenRefillMs: 60_000 }
    const ask = (call: Awaited<ReturnType<typeof startApi>>['call'], client: string, token: string) =>
      call('GET', '/stats', { headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': client } })
    const behind = await startApi(url, { token: TOKEN, limits, trustedProxies: ['127.0.0.1'] })
    expect((await ask(behind.call, '192.0.2.1', 'wrong')).status).toBe(401)
    expect((await ask(behind.call, '192.0.2.1', TOKEN)).status).toBe(429)
    expect((await ask(behind.call, '192.0.2.2', TOKEN)).status).toBe(200)
    const alone = await startApi(url, { token: TOKEN, limits })
    expect((await ask(alone.call, '192.0.2.1', 'wrong')).status).toBe(401)
    expect((await ask(alone.call, '192.0.2.2', TOKEN)).status).toBe(429)
  })
})

describe('without a token', () => {
  it.each(['localhost', 'localhost:8080', '127.0.0.1:1', '127.9.9.9', '[::1]:8080'])(
    '%s is served',
    async (host) => {
      const { call } = await startApi(url)
      expect((await call('GET', '/stats', { headers: { host } })).status).toBe(200)
    },
  )

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80', '10.0.0.1', 'x@localhost'])(
    'a page whose name %j was made to point here is not served',
    async (host) => {
      const { call } = await startApi(url)
      for (const path of ['/stats', '/healthz', '/nothing'])
        expect((await call('GET', path, { headers: { host } })).status).toBeOneOf([400, 421])
    },
  )

  it('a page of another origin can change nothing', async () => {
    const { call } = await startApi(url, { allowReset: true })
    const asked = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'http://127.0.0.1:1' },
    ]
    for (const headers of asked) {
      const answer = await call('DELETE', '/tasks', { headers })
      expect(answer).toMatchObject({ status: 403, type: 'application/problem+json' })
      expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  it('its own page can', async () => {
    const { call, port } = await startApi(url)
    const headers = {
      origin: `http://localhost:${port}`,
      host: `localhost:${port}`,
      'sec-fetch-site': 'same-origin',
    }
    expect((await call('POST', '/tasks', { body: { kind: 'a' }, headers })).status).toBe(201)
  })

  it('does not listen where others could reach it', async () => {
    const { createApi } = await import('../../src/http/server.ts')
    const { createPool } = await import('../../src/db/pool.ts')
    const pool = createPool({ url, applicationName: 'taskproc test' })
    const log = { debug() {}, info() {}, warn() {}, error() {}, isLevelEnabled: () => false }
    const metrics = async () => ({ contentType: 'text/plain', body: '' })
    const api = await createApi({ pool, listenUrl: url, version: '0', log, metrics })
    await expect(api.listen({ host: '0.0.0.0', port: 0 })).rejects.toThrow(/TASKPROC_API_TOKEN is not set/)
    await api.close()
    await pool.end()
  })
})

describe('a configured origin', () => {
  const origin = 'https://ops.example.com'

  it('may call, and a browser is told so', async () => {
    const { call } = await startApi(url, { token: TOKEN, corsOrigins: [origin] })
    const asked = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    }
    const preflight = await call('OPTIONS', '/tasks', { headers: asked })
    expect(preflight.status).toBe(204)
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'DELETE, GET, HEAD, POST',
      'access-control-allow-headers': expect.stringContaining('authorization'),
      vary: 'origin',
    })
    const refused = await call('GET', '/stats', { headers: { origin } })
    expect(refused).toMatchObject({ status: 401, headers: { 'access-control-allow-origin': origin } })
  })

  it('is no other', async () => {
    const { call } = await startApi(url, { token: TOKEN, corsOrigins: [origin] })
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    const answer = await call('OPTIONS', '/tasks', { headers })
    expect(answer.status).toBe(401)
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })
})

it('answers every request with headers that keep browsers from doing harm with it', async () => {
  const { call } = await startApi(url)
  for (const path of ['/stats', '/nothing', '/tasks/x']) {
    expect((await call('GET', path)).headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining(`default-src 'none'`),
      'cache-control': 'no-store',
    })
  }
  const page = await call('GET', '/docs')
  expect(page.headers['content-security-policy']).toContain(`script-src 'self';`)
  expect(page.text).not.toMatch(/<script(?![^>]*src=)[^>]*>|https?:\/\//)
})

describe('bodies', () => {
  it('of 50 MB are refused, and the client hears it', async () => {
    const { call } = await startApi(url)
    const body = Buffer.alloc(50 * 1024 * 1024, 'a')
    expect(await call('POST', '/tasks', { body })).toMatchObject({ status: 413, body: { status: 413 } })
    const headers = { 'transfer-encoding': 'chunked' }
    expect((await call('POST', '/tasks', { body, headers })).status).toBe(413)
    expect((await call('GET', '/healthz')).status).toBe(200)
  })

  it('are bounded together', async () => {
    const { call, port } = await startApi(url, { limits: { bodyBytes: 1_000, bodiesBytes: 1_500 } })
    const head = `POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`
    const slow = await rawSocket(port, head)
    const body = JSON.stringify({ kind: 'a', payload: 'x'.repeat(600) })
    await expect
      .poll(async () => (await call('POST', '/tasks', { body })).status, { timeout: 10_000 })
      .toBe(503)
    slow.destroy()
    await expect
      .poll(async () => (await call('POST', '/tasks', { body })).status, { timeout: 10_000 })
      .toBe(201)
  })
})

describe('a client that', () => {
  it('sends its headers a byte at a time is cut off', async () => {
    const limits = { headersTimeoutMs: 300, requestTimeoutMs: 600, timeoutCheckMs: 50 }
    const { call, port } = await startApi(url, { limits })
    const socket = await rawSocket(port, 'GET /stats HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
    const timer = setInterval(() => socket.write('a'), 20)
    expect(await socket.ended).toMatch(/^HTTP\/1.1 408 .*application\/problem\+json.*"status":408/s)
    clearInterval(timer)
    expect((await call('GET', '/healthz')).status).toBe(200)
  })

  it('sends its body a byte at a time is cut off', async () => {
    const limits = { headersTimeoutMs: 300, requestTimeoutMs: 600, timeoutCheckMs: 50 }
    const { port } = await startApi(url, { limits })
    const socket = await rawSocket(
      port,
      'POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{',
    )
    const timer = setInterval(() => socket.write(' '), 20)
    expect(await socket.ended).toMatch(/^HTTP\/1.1 408 /)
    clearInterval(timer)
  })

  it.each([
    ['no HTTP', 'GIMME THE TASKS\r\n\r\n', 400],
    ['headers without end', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['a header within a header', 'GET /stats HTTP/1.1\r\nHost: localhost\r\nX: a\rInjected: 1\r\n\r\n', 400],
    [
      'two lengths',
      'POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na',
      400,
    ],
    ['no host', 'GET /stats HTTP/1.1\r\n\r\n', 400],
  ])('sends %s is refused', async (_, text, status) => {
    const { port } = await startApi(url)
    const socket = await rawSocket(port, text)
    expect(await socket.ended).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })

  it('goes on with garbage in the middle of an answer finds nothing written into it', async () => {
    const { port } = await startApi(url)
    const socket = await rawSocket(port, 'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await new Promise((resolve) => socket.onData(resolve))
    socket.write('GARBAGE\r\n\r\n')
    expect((await socket.ended).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200'])
  })

  it('has its answer and goes on with its body too slowly hears no second one', async () => {
    const { port } = await startApi(url, {
      limits: { requestTimeoutMs: 200, timeoutCheckMs: 50, headersTimeoutMs: 100 },
    })
    const socket = await rawSocket(
      port,
      'POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n{',
    )
    expect((await socket.ended).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 404'])
  })

  it('sends garbage after an answer is told so', async () => {
    const { port } = await startApi(url)
    const socket = await rawSocket(port, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await new Promise((resolve) => socket.onData(resolve))
    socket.write('GARBAGE\r\n\r\n')
    expect((await socket.ended).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400'])
  })

  it('hangs up in the middle of its body is not taken for a database that is away', async () => {
    const { api, call, port, logged } = await startApi(url)
    const head =
      'POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n'
    const socket = await rawSocket(port, `${head}\r\n{`)
    await expect.poll(() => api.inFlight).toBe(1)
    socket.destroy()
    await expect.poll(() => api.inFlight).toBe(0)
    // By the time that these are answered, it would be said.
    for (let calls = 0; calls < 3; calls++) await call('GET', '/healthz')
    expect(logged.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([])
  })

  it.each(['gzip', 'br', 'GZIP'])('sends a body in %s is told that it has to be plain', async (encoding) => {
    const { call } = await startApi(url)
    const headers = { 'content-encoding': encoding }
    const answer = await call('POST', '/tasks', { body: gzipSync('{"kind":"a"}'), headers })
    expect(answer).toMatchObject({
      status: 415,
      body: { detail: expect.stringContaining('Content-Encoding') },
    })
  })

  it('hangs up before or while it is answered disturbs nobody', async () => {
    const { api, call, port, logged } = await startApi(url)
    const tasks = Array.from({ length: 400 }, () => ({ kind: 'large', payload: 'x'.repeat(20_000) }))
    expect((await call('POST', '/tasks', { body: tasks })).status).toBe(201)
    for (let n = 0; n < 20; n += 1) {
      const socket = await rawSocket(port, 'GET /tasks?limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n')
      if (n % 2 === 0) await new Promise((resolve) => socket.onData(resolve))
      socket.destroy()
    }
    await expect.poll(() => api.inFlight, { timeout: 10_000 }).toBe(0)
    expect((await call('GET', '/healthz')).status).toBe(200)
    expect(logged.filter(({ level }) => level === 'error')).toEqual([])
  })
})

/** A connection on which `text` was sent. */
async function rawSocket(port: number, text: string) {
  const socket = connect(port, '127.0.0.1')
  let got = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    got += chunk
  })
  socket.on('error', () => {})
  const ended = new Promise<string>((resolve) => socket.on('close', () => resolve(got)))
  atTestEnd(() => socket.destroy())
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(text)
  return {
    /** All that was answered, when the connection is over. */
    ended,
    write: (more: string) => void (socket.writable && socket.write(more)),
    destroy: () => socket.destroy(),
    onData: (heard: (value: unknown) => void) => void socket.once('data', heard),
  }
}
