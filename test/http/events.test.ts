// GET /events: what changes is told, once, to all who listen, and again to those who come back.
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { API_LIMITS } from '../../src/http/options.ts'
import { startProxy } from '../flow/proxy.ts'
import { testDatabase } from '../support/database.ts'
import { atTestEnd } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'
import { startApi } from './api.ts'
import { openStream, type StreamEvent } from './stream.ts'

const { url, pool } = await testDatabase()
const limits = { eventIntervalMs: 50 }

interface Told {
  readonly tasks: readonly { id: number; status: string }[]
  readonly more: boolean
}

async function put(kind = 'told'): Promise<number> {
  const { rows } = await pool.query('insert into taskproc.tasks (kind) values ($1) returning id', [kind])
  return rows[0].id
}

function tells(id: number, status: string): (data: Told) => boolean {
  return ({ tasks }) => tasks.some((task) => task.id === id && task.status === status)
}

/** How often the event of this task in this status was told. */
function times(events: readonly StreamEvent[], id: number, status: string): number {
  return events.filter(({ event, data }) => event === 'tasks' && tells(id, status)(data as Told)).length
}

it('tells new, claimed, finished, failed and cancelled tasks, each once', async () => {
  const { api, port, call } = await startApi(url, { limits })
  const { rows } = await pool.query(
    `insert into taskproc.processes (name, host, pid, version, kinds, workers, lease_ms)
     values ('teller', 'h', 1, '0', '{told}', 1, 60000) returning id`,
  )
  const old = await put()
  const stream = await openStream(port)
  await stream.waitFor('ready')
  const id = await put()
  await stream.waitFor('tasks', tells(id, 'pending'))
  await pool.query(
    `update taskproc.tasks set status = 'in_progress', claimed_by = $2, claimed_at = now(), attempts = 1, claim_number = 1,
     updated_at = now() where id = $1`,
    [id, rows[0].id],
  )
  await stream.waitFor('tasks', tells(id, 'in_progress'))
  await pool.query(
    `update taskproc.tasks set status = 'done', finished_at = now(), updated_at = now() where id = $1`,
    [id],
  )
  await stream.waitFor('tasks', tells(id, 'done'))
  await call('POST', `/tasks/${old}/cancel`)
  await stream.waitFor('tasks', tells(old, 'cancelled'))
  const counts = await stream.waitFor(
    'counts',
    ({ done, cancelled }: Record<string, number>) => done === 1 && cancelled === 1,
  )
  expect(counts.data).toEqual({ pending: 0, in_progress: 0, done: 1, error: 0, cancelled: 1 })
  // Look at some more of them: what was told is not told again.
  const last = await put()
  await stream.waitFor('tasks', tells(last, 'pending'))
  for (const status of ['pending', 'in_progress', 'done']) expect(times(stream.events(), id, status)).toBe(1)
  expect(times(stream.events(), old, 'pending')).toBe(0)
  expect(api.inFlight).toBe(1)
})

it('tells those who come back what they have missed, at any process of the fleet', async () => {
  const [one, two] = [await startApi(url, { limits }), await startApi(url, { limits })]
  const first = await openStream(one.port)
  await (await openStream(two.port)).waitFor('ready')
  await first.waitFor('ready')
  const id = await put()
  const heard = await first.waitFor('tasks', tells(id, 'pending'))
  first.leave()
  const missed = await put()
  const witness = await openStream(two.port)
  await witness.waitFor('ready')
  await one.call('POST', `/tasks/${missed}/cancel`)
  await witness.waitFor('tasks', tells(missed, 'cancelled'))
  for (const { port } of [one, two]) {
    const again = await openStream(port, '/events', { 'last-event-id': heard.id ?? '' })
    await again.waitFor('tasks', tells(missed, 'cancelled'))
    expect(again.events().map(({ event }) => event)).not.toContain('missed')
  }
})

it.each(['1', 'x', '99999999999999999999', '-5', '9999999999999999'])(
  'says that it does not know what was missed since %s',
  async (id) => {
    const { port } = await startApi(url, { limits })
    const stream = await openStream(port, '/events', { 'last-event-id': id })
    await stream.waitFor('missed')
  },
)

it('says so too at a process that nobody listened to meanwhile, and its description says that', async () => {
  const [one, two] = [await startApi(url, { limits }), await startApi(url, { limits })]
  const { id = '' } = await (await openStream(one.port)).waitFor('ready')
  const again = await openStream(two.port, '/events', { 'last-event-id': id })
  await again.waitFor('missed')
  const { body } = await two.call('GET', '/openapi.json')
  const { description } = (body as { paths: { '/events': { get: { description: string } } } }).paths[
    '/events'
  ].get
  const { eventsKept, eventTasksKept, eventIntervalMs } = API_LIMITS
  expect(description).not.toContain('to any process')
  expect(description).toContain('for a minute after that')
  expect([eventsKept * eventIntervalMs, eventTasksKept]).toEqual([10 * 60_000, 50_000])
})

it('lists as many as fit and says that there is more', async () => {
  const { port } = await startApi(url, { limits: { ...limits, eventTasks: 50 } })
  const stream = await openStream(port)
  await stream.waitFor('ready')
  await pool.query(`insert into taskproc.tasks (kind) select 'flood' from generate_series(1, 500)`)
  const { data } = await stream.waitFor('tasks', ({ more }: Told) => more)
  expect((data as Told).tasks).toHaveLength(50)
})

it('goes on when the database was away', async () => {
  const proxy = await startProxy(url)
  const { port, logged } = await startApi(proxy.url, { limits })
  const stream = await openStream(port)
  await stream.waitFor('ready')
  proxy.down()
  await eventually('a failure', () => logged.some(({ event }) => event === 'http.events'))
  proxy.up()
  const id = await put()
  await stream.waitFor('tasks', tells(id, 'pending'))
})

it('keeps a stream alive on which nothing happens', async () => {
  const { port } = await startApi(url, { limits: { eventKeepAliveMs: 50 } })
  const stream = await openStream(port)
  await eventually('two comments', () => stream.text().split('\n: ').length > 2)
})

it('lets in as many as it can serve', async () => {
  const { port, call } = await startApi(url, { limits: { ...limits, eventClients: 2 } })
  const [one] = [await openStream(port), await openStream(port)]
  await one.waitFor('ready')
  expect(await call('GET', '/events')).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
  one.leave()
  await eventually('a place', async () => {
    const stream = await openStream(port)
    return stream.response.statusCode === 200
  })
})

it('drops a client that does not read, and no other', async () => {
  const { api, port } = await startApi(url, { limits: { ...limits, eventBacklogBytes: 20_000 } })
  const reader = await openStream(port)
  await reader.waitFor('ready')
  const sleeper = connect({ port, host: '127.0.0.1' })
  atTestEnd(() => sleeper.destroy())
  sleeper.on('error', () => {})
  sleeper.pause()
  sleeper.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await eventually('both are in', () => api.inFlight === 2)
  // Until the buffers of the system are full too.
  await eventually(
    'it is dropped',
    async () => {
      const { rows } = await pool.query(
        `insert into taskproc.tasks (kind, queue) select repeat('k', 128), repeat('q', 128) from generate_series(1, 1000) returning id`,
      )
      await reader.waitFor('tasks', tells(rows.at(-1).id, 'pending'))
      return api.inFlight === 1
    },
    { deadlineMs: 50_000 },
  )
  const id = await put()
  await reader.waitFor('tasks', tells(id, 'pending'))
})

it('ends streams when the process stops, and says what it is', async () => {
  const { api, port, url: base } = await startApi(url, { limits })
  const stream = await openStream(port)
  await stream.waitFor('ready')
  expect(stream.response.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  await api.close()
  await stream.ended
  await expect(fetch(`${base}/healthz`)).rejects.toThrow()
})
