// POST /claims: registering, claiming, waiting, and every way to be refused.
import { request } from 'node:http'
import { beforeEach, describe, expect, it } from 'vitest'
import { pause, resume } from '../../src/db/queues.ts'
import { expectSound, processesNamed, put, row, rows } from '../flow/table.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { startApi } from './api.ts'
import { held, type Worker, worker } from './remote-worker.ts'

const { url, pool } = await testDatabase()
const api = await startApi(url)

beforeEach(async () => {
  await pool.query('delete from taskproc.tasks')
})

it('registers a worker with its first call, and gives it tasks with their claim_number', async () => {
  const [id] = await put(pool, { kind: 'remote', payload: { to: 'ada' }, timeoutMs: 5_000 }, 2)
  const py = worker(api, 'py')
  const answer = await py.claimAnswer({ lease: '20s', queues: ['default'], host: 'there' })
  expect(answer).toMatchObject({ status: 200, type: expect.stringContaining('application/json') })
  expect(answer.body).toMatchObject({
    lease_seconds: 20,
    tasks: [
      {
        id,
        kind: 'remote',
        status: 'in_progress',
        payload: { to: 'ada' },
        claim_number: 1,
        attempts: 1,
        claimed_by: 'py',
        timeout_ms: 5_000,
      },
    ],
  })
  const { rows: processes } = await pool.query(
    'select host, pid, kinds, queues, lease_ms, running from taskproc.processes where name = $1',
    ['py'],
  )
  expect(processes).toEqual([
    { host: 'there', pid: 0, kinds: ['remote'], queues: ['default'], lease_ms: 20_000, running: 1 },
  ])
  await expectSound(pool)
})

it('gives each task once, the larger priority first, and no more than were asked for', async () => {
  const [low] = await put(pool, { kind: 'remote' })
  const [high] = await put(pool, { kind: 'remote', priority: 5 })
  await put(pool, { kind: 'other' })
  const one = worker(api)
  const two = worker(api)
  expect((await one.claim()).tasks.map(({ id }) => id)).toEqual([high])
  expect((await two.claim({ limit: 10 })).tasks.map(({ id }) => id)).toEqual([low])
  expect((await one.claim({ limit: 10 })).tasks).toEqual([])
})

it('claims nothing from a paused queue, nor from one that the worker does not serve', async () => {
  await put(pool, { kind: 'remote', queue: 'held up' })
  await put(pool, { kind: 'remote', queue: 'elsewhere' })
  await pause(pool, 'held up')
  const { tasks } = await worker(api).claim({ queues: ['held up'], limit: 10 })
  await resume(pool, 'held up')
  expect(tasks).toEqual([])
})

it.each([
  [{}, ['process', 'kinds']],
  [{ process: '', kinds: [] }, ['process', 'kinds']],
  [{ process: 'a\nb', kinds: ['x\u0000'] }, ['process', 'kinds.0']],
  [{ process: 'x'.repeat(129), kinds: ['k'], limit: 0 }, ['process', 'limit']],
  [{ process: 'w', kinds: ['k'], limit: 101, wait: 61, lease: '2h' }, ['limit', 'wait', 'lease']],
  [{ process: 'w', kinds: ['k'], limit: 1.5, wait: -1, lease: 0.5 }, ['limit', 'wait', 'lease']],
  [{ process: 'w', kinds: 'k', queues: [], wait: 'soon' }, ['kinds', 'queues', 'wait']],
  [{ process: 'w', kinds: ['k'], process_id: 'x', until: 1 }, ['process_id', 'until']],
  [{ process: 'w', kinds: ['k'], process_id: 2 ** 60 }, ['process_id']],
])('refuses %j, naming each field', async (body, fields) => {
  const answer = await api.call('POST', '/claims', { body })
  expect(answer).toMatchObject({ status: 400, body: { status: 400 } })
  const { errors } = answer.body as { errors: { field: string }[] }
  expect(errors.map(({ field }) => field).sort()).toEqual([...fields].sort())
})

it('refuses the name of a worker that is alive, and says for how long', async () => {
  const first = worker(api, 'twin')
  const task = await held(pool, first)
  const second = worker(api, 'twin')
  const answer = await second.claimAnswer()
  expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining('twin is alive') } })
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(15)
  expect(await row(pool, task.id)).toMatchObject({ status: 'in_progress', claimed_by: first.processId })
})

it('refuses a process_id that is nobody’s, another worker’s, or that of a process that is no remote worker', async () => {
  const mine = worker(api)
  await mine.claim()
  const { rows: local } = await pool.query<{ id: number }>(
    `insert into taskproc.processes (name, host, pid, version, kinds, workers, lease_ms)
     values ('local', 'here', 7, '0', '{remote}', 1, 3600000) returning id`,
  )
  const theirs = worker(api)
  const nobody = await theirs.claimAnswer({ process_id: 987_654 })
  expect(nobody).toMatchObject({ status: 409, body: { detail: expect.stringContaining('987654') } })
  expect(await theirs.claimAnswer({ process_id: mine.processId })).toMatchObject({ status: 409 })
  expect(await theirs.claimAnswer({ process: 'local', process_id: local[0]?.id })).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('no remote worker') },
  })
})

it('takes the place of a namesake whose lease is over', async () => {
  const first = worker(api, 'heir')
  await first.claim({ lease: 1 })
  const task = await held(pool, first)
  const second = worker(api, 'heir')
  await eventually('the lease is over', () => second.claim({ kinds: ['none'] }))
  expect(second.processId).not.toBe(first.processId)
  expect(await processesNamed(pool, 'heir')).toMatchObject([{ state: 'lost' }, { state: 'running' }])
  // Who was declared lost has to register anew, and hears it at every call.
  for (const answer of [await first.claimAnswer(), await first.beat()])
    expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining('declared lost') } })
  await eventually('rescued', async () => (await row(pool, task.id)).crashes === 1)
  expect(await first.settle('complete', task)).toMatchObject({ status: 409 })
})

it('runs a suspect alone: it gives it to a worker that holds nothing, and nothing beside it', async () => {
  await put(pool, { kind: 'remote' }, 3)
  const [suspect] = (await rows(pool)).slice(-1)
  await pool.query('update taskproc.tasks set crashes = 2 where id = $1', [suspect?.id])
  const alone = worker(api)
  const { tasks } = await alone.claim({ limit: 10 })
  expect(tasks.map(({ id }) => id)).toEqual([suspect?.id])
  expect((await alone.claim({ limit: 10 })).tasks).toEqual([])
  const [task] = tasks
  if (task !== undefined) await alone.settle('complete', task)
  expect((await alone.claim({ limit: 10 })).tasks).toHaveLength(2)
})

describe('with wait', () => {
  it('answers at once when something is there, and when something comes', async () => {
    await put(pool, { kind: 'remote' })
    const patient = worker(api)
    expect((await patient.claim({ wait: 60 })).tasks).toHaveLength(1)
    const waiting = patient.claim({ wait: 60 })
    await eventually('asleep', async () => (await sleepers()).includes(patient.processId))
    const [id] = await put(pool, { kind: 'remote' })
    expect((await waiting).tasks.map((task) => task.id)).toEqual([id])
    expect(await sleepers()).toEqual([])
  })

  it('finds what becomes due while it waits', async () => {
    const [id] = await put(pool, { kind: 'remote', delayMs: 300 })
    expect((await worker(api).claim({ wait: 60 })).tasks.map((task) => task.id)).toEqual([id])
  })

  it('answers with nothing when the time is over', async () => {
    expect((await worker(api).claim({ wait: '200ms' })).tasks).toEqual([])
  })

  it('keeps a worker alive that holds nothing, however short its lease', async () => {
    const short = worker(api)
    await short.claim({ lease: 1, wait: 2.5 })
    expect((await short.beat()).status).toBe(200)
  })

  it('answers with nothing when the API closes', async () => {
    const other = await startApi(url)
    const waiter = worker(other)
    await waiter.claim()
    const waiting = waiter.claim({ wait: 60 })
    await eventually('waiting', () => other.api.inFlight === 1)
    await other.api.close()
    expect((await waiting).tasks).toEqual([])
  })

  it('claims nothing for a client that hung up', async () => {
    const gone = worker(api)
    await gone.claim()
    const client = hangingClient(gone, { wait: 60 })
    await eventually('asleep', async () => (await sleepers()).includes(gone.processId))
    client.destroy()
    await eventually('awake', async () => (await sleepers()).length === 0)
    const [id] = await put(pool, { kind: 'remote' })
    expect((await worker(api).claim()).tasks.map((task) => task.id)).toEqual([id])
    expect(await row(pool, id)).toMatchObject({ claim_number: 1 })
  })

  it('gives back at once what was claimed for a client that hung up meanwhile', async () => {
    const gone = worker(api)
    await gone.claim()
    const [id] = await put(pool, { kind: 'remote' })
    // The claim cannot be committed before the client has gone.
    const client = await pool.connect()
    await client.query('begin')
    await client.query('select from taskproc.processes where id = $1 for update', [gone.processId])
    const hung = hangingClient(gone)
    await eventually('waiting for the lock', async () => (await waitingForLocks()) === 1)
    hung.destroy()
    // By the time that these are answered, the other side has seen it too.
    for (let calls = 0; calls < 3; calls++) await api.call('GET', '/healthz')
    await client.query('commit')
    client.release()
    await eventually('given back', async () => {
      const task = await row(pool, id)
      return task.claim_number === 1 && task.status === 'pending' && task.attempts === 0
    })
    await expectSound(pool)
  })

  it('gives back what was claimed for a client that hung up before it was registered, and its name with it', async () => {
    const [id] = await put(pool, { kind: 'remote' })
    const gone = worker(api)
    // It cannot be registered before the client has gone.
    const client = await pool.connect()
    await client.query('begin')
    await client.query('lock table taskproc.processes in exclusive mode')
    const hung = hangingClient(gone)
    await eventually('waiting for the lock', async () => (await waitingForLocks()) > 0)
    hung.destroy()
    for (let calls = 0; calls < 3; calls++) await api.call('GET', '/healthz')
    await client.query('commit')
    client.release()
    await eventually('gone', async () => {
      const [process] = await processesNamed(pool, gone.name)
      return process?.state === 'stopped'
    })
    expect(await row(pool, id)).toMatchObject({ status: 'pending', attempts: 0 })
    expect((await gone.claim()).tasks.map((task) => task.id)).toEqual([id])
    await expectSound(pool)
  })
})

it('finds tasks for who waits though it hears no hints, and says by what that is', async () => {
  const deaf = await startApi(url, { listenUrl: 'postgres://nobody@127.0.0.1:1/nothing' })
  const waiter = worker(deaf)
  await waiter.claim()
  const waiting = waiter.claim({ wait: 30 })
  await eventually('waiting', () => deaf.api.inFlight === 1)
  const [id] = await put(pool, { kind: 'remote' })
  expect((await waiting).tasks.map((task) => task.id)).toEqual([id])
  await eventually('said', () =>
    deaf.logged.some(({ event, text }) => event === 'part.failed' && text.startsWith('listener: ')),
  )
})

const ID = 'must be a whole number from 1 to 9223372036854775807'

it.each([
  [
    { process: undefined, kinds: undefined },
    { process: 'is missing', kinds: 'is missing' },
  ],
  [
    { process: 7, kinds: 'x', limit: 'many' },
    {
      process: 'must be a text, got 7',
      kinds: 'must be an array, got "x"',
      limit: 'must be a number, got "many"',
    },
  ],
  [
    { kinds: [], limit: 101 },
    { kinds: 'must hold 1 or more, got an array of 0', limit: 'must be 100 at most, got 101' },
  ],
  [{ limit: 1.5 }, { limit: 'must be a whole number, got 1.5' }],
  [
    { limit: 0, kinds: [{ deep: {} }] },
    { limit: 'must be 1 or more, got 0', 'kinds.0': 'must be a text, got an object' },
  ],
  [{ process_id: 'x' }, { process_id: ID }],
  [{ process_id: -1 }, { process_id: ID }],
  [{ process_id: {} }, { process_id: ID }],
  [{ process_id: 1e300 }, { process_id: ID }],
  [{ process_id: '9223372036854775808' }, { process_id: ID }],
  [{ process: '\ud800' }, { process: 'must be a name of 1 to 128 characters without control characters' }],
])('says in words what is wrong with %j', async (body, problems) => {
  const answer = await worker(api, 'wrong').claimAnswer(body)
  expect(answer).toMatchObject({ status: 400 })
  const { errors } = answer.body as { errors: { field: string; problem: string }[] }
  expect(Object.fromEntries(errors.map(({ field, problem }) => [field, problem]))).toEqual(problems)
})

it('says that a process_id is missing, and which states there are', async () => {
  const answer = await worker(api).beat({ state: 'gone' })
  expect(answer.body).toMatchObject({
    errors: [
      { field: 'process_id', problem: 'is missing' },
      { field: 'state', problem: 'must be one of running, stopping, got "gone"' },
    ],
  })
})

async function waitingForLocks(): Promise<number> {
  const { rows: waiting } = await pool.query(
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return waiting.length
}

async function sleepers(): Promise<unknown[]> {
  const { rows: asleep } = await pool.query<{ process_id: unknown }>(
    'select process_id from taskproc.sleepers',
  )
  return asleep.map(({ process_id }) => process_id)
}

function hangingClient({ name, processId }: Worker, body: object = {}): ReturnType<typeof request> {
  const client = request(`${api.url}/claims`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  })
  client.on('error', () => {})
  client.end(JSON.stringify({ process: name, process_id: processId, kinds: ['remote'], ...body }))
  return client
}
