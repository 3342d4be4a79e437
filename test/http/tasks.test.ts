// Looking at tasks and acting on them over HTTP.
import { expect, it } from 'vitest'
import { createPool } from '../../src/db/pool.ts'
import { addProcess, addTask, addTasks } from '../db/fixtures.ts'
import { testDatabase } from '../support/database.ts'
import { atTestEnd } from '../support/end.ts'
import { startApi } from './api.ts'

const { url, pool } = await testDatabase()
const at = '2020-01-01T00:00:00Z'

interface Page {
  readonly items: readonly { id: number; status: string; queue: string; kind: string }[]
  readonly next: number | null
}

it('gives pages without gaps, of the tasks that the query means', async () => {
  const { call } = await startApi(url)
  await addTasks(pool, 7, { queue: 'a,b "c"', kind: 'page' })
  await addTasks(pool, 3, { queue: 'other', kind: 'page', status: 'error', error: 'Boom', finished_at: at })
  const seen: number[] = []
  let after = ''
  do {
    const { body, status } = await call('GET', `/tasks?kind=page&limit=4${after}`)
    expect(status).toBe(200)
    const { items, next } = body as Page
    seen.push(...items.map(({ id }) => id))
    after = next === null ? '' : `&after=${next}`
  } while (after !== '')
  expect(seen).toHaveLength(10)
  expect([...seen].sort((a, b) => a - b)).toEqual(seen)
  const ask = async (query: string) => ((await call('GET', `/tasks?kind=page&${query}`)).body as Page).items
  expect(await ask(`queue=${encodeURIComponent('a,b "c"')}`)).toHaveLength(7)
  expect(await ask('queue=other&queue=nowhere&status=error')).toHaveLength(3)
  expect(await ask('status=error&status=pending')).toHaveLength(10)
  expect(await ask('error=boom')).toHaveLength(3)
  expect(await ask('older_than=1d')).toHaveLength(3)
  expect((await ask('newest=true&limit=1'))[0]?.id).toBe(seen.at(-1))
})

it('gives shorter pages of large tasks, and still all of them', async () => {
  const { call } = await startApi(url, { limits: { pageBytes: 5_000 } })
  await addTasks(pool, 300, { kind: 'size' })
  await pool.query(
    `update taskproc.tasks set payload = to_jsonb(repeat('x', case when id % 7 = 0 then 20000 else id::int % 50 end)) where kind = 'size'`,
  )
  const seen: number[] = []
  let after = '0'
  while (after !== 'null') {
    const query = after === '0' ? '' : `&after=${after}`
    const { body, text } = await call('GET', `/tasks?kind=size&limit=1000${query}`)
    const { items, next } = body as Page
    if (items.length > 1) expect(text.length).toBeLessThan(5_100)
    seen.push(...items.map(({ id }) => id))
    after = String(next)
  }
  expect(new Set(seen).size).toBe(300)
  expect(seen).toHaveLength(300)
})

it.each([
  ['limit', '0'],
  ['limit', '1001'],
  ['limit', '1e2'],
  ['after', '-1'],
  ['after', 'MTIz'],
  ['after', '9223372036854775808'],
  ['status', 'finished'],
  ['status', ''],
  ['queue', ''],
  ['queue', 'a%0Ab'],
  ['kind', 'x'.repeat(129)],
  ['error', '%00'],
  ['older_than', 'long'],
  ['newest', 'yes'],
  ['page', '2'],
  ['limit', '1&limit=2'],
])('refuses %s=%s, and names it', async (field, value) => {
  const { call } = await startApi(url)
  const answer = await call('GET', `/tasks?${field}=${value}`)
  expect(answer, answer.text).toMatchObject({ status: 400, body: { errors: [{ field }] } })
})

it('names everything that is wrong with a query', async () => {
  const { call } = await startApi(url)
  const { body } = await call('GET', '/tasks?limit=x&after=y&status=z&colour=red')
  const { errors } = body as { errors: { field: string }[] }
  expect(errors.map(({ field }) => field).sort()).toEqual(['after', 'colour', 'limit', 'status'])
})

it('shows a task and what happened to it as the command line does', async () => {
  const { call } = await startApi(url)
  const id = await addTask(pool, { status: 'cancelled', finished_at: at, created_at: at })
  expect((await call('GET', `/tasks/${id}`)).body).toMatchObject({
    id,
    status: 'cancelled',
    finished_at: '2020-01-01T00:00:00.000000Z',
  })
  expect((await call('GET', `/tasks/${id}/logs`)).body).toMatchObject({
    items: [{ message: expect.stringMatching(/^enqueued/) }],
  })
})

it('tells that a log goes on, and goes back in it page by page', async () => {
  const { call } = await startApi(url)
  const id = await addTask(pool, { created_at: at })
  await pool.query(
    `insert into taskproc.task_logs (task_id, attempt, process, event, level, message)
     select $1, 1, 'one', 'log', 'info', n::text from generate_series(1, 3) n`,
    [id],
  )
  const read = async (query: string) => (await call('GET', `/tasks/${id}/logs${query}`)).body
  const messages = (body: unknown) =>
    (body as { items: { message: string }[] }).items.map(({ message }) => message)
  expect(await read('')).toMatchObject({ next: null })
  const newest = (await read('?limit=2')) as { next: number }
  expect(messages(newest)).toEqual(['log: 2', 'log: 3'])
  const oldest = await read(`?limit=2&before=${newest.next}`)
  expect(oldest).toMatchObject({ next: null })
  expect(messages(oldest)).toEqual([expect.stringMatching(/^enqueued/), 'log: 1'])
  for (const wrong of ['?limit=0', '?limit=10001', '?before=x', '?after=1'])
    expect((await call('GET', `/tasks/${id}/logs${wrong}`)).status).toBe(400)
})

it('keeps ids exact beyond 2^53', async () => {
  const { call } = await startApi(url)
  const id = '9007199254740993'
  await pool.query(`insert into taskproc.tasks (id, kind) overriding system value values ($1, 'large')`, [id])
  expect((await call('GET', `/tasks/${id}`)).body).toMatchObject({ id })
  expect((await call('POST', `/tasks/${id}/cancel`)).body).toMatchObject({ id, status: 'cancelled' })
  expect((await call('GET', `/tasks?kind=large&after=9007199254740992`)).body).toMatchObject({
    items: [{ id }],
  })
  expect((await call('GET', `/tasks/9007199254740992`)).status).toBe(404)
})

it('sends a failed task round again, and says why not', async () => {
  const { call } = await startApi(url)
  const failed = {
    status: 'error',
    error: 'e',
    finished_at: at,
    attempts: 3,
    claim_number: 3,
    unique_key: 'again',
  }
  const id = await addTask(pool, failed)
  const live = await addTask(pool, { unique_key: 'again' })
  expect(await call('POST', `/tasks/${id}/retry`)).toMatchObject({
    status: 409,
    body: { detail: `Task ${live} is live and has the unique key "again" of task ${id}.` },
  })
  await call('POST', `/tasks/${live}/cancel`)
  expect((await call('POST', `/tasks/${id}/retry`)).body).toMatchObject({
    id,
    status: 'pending',
    attempts: 0,
  })
  expect(await call('POST', `/tasks/${id}/retry`)).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining(`task ${id} is pending`) },
  })
  expect(await call('POST', `/tasks/${id}/retry`, { body: { now: true } })).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'now' }] },
  })
})

it('says in time who has locked a task, and that another try may help', async () => {
  // Its answers may take as long as those of a real process.
  const patient = createPool({ url, applicationName: 'this test' })
  atTestEnd(() => patient.end())
  const { call } = await startApi(url, { pool: patient })
  const id = await addTask(pool, { status: 'error', finished_at: at, created_at: at, error: 'no' })
  const client = await pool.connect()
  await client.query('begin')
  await client.query('select from taskproc.tasks where id = $1 for update', [id])
  for (const answer of await Promise.all(
    ['retry', 'cancel'].map((verb) => call('POST', `/tasks/${id}/${verb}`)),
  ))
    expect(answer).toMatchObject({
      status: 503,
      type: 'application/problem+json',
      headers: { 'retry-after': '1' },
      body: { detail: expect.stringMatching(`^task ${id} is locked: session .* nothing was changed\\.$`) },
    })
  await client.query('rollback')
  client.release()
  expect(await call('POST', `/tasks/${id}/retry`)).toMatchObject({ status: 200 })
})

it('cancels a task as often as it is asked, and tells a running one to stop', async () => {
  const { call } = await startApi(url)
  const id = await addTask(pool)
  for (const _ of ['once', 'twice'])
    expect(await call('POST', `/tasks/${id}/cancel`)).toMatchObject({
      status: 200,
      body: { status: 'cancelled' },
    })
  const owner = await addProcess(pool)
  const running = { claimed_by: owner, claimed_at: at, attempts: 1, claim_number: 1 }
  const held = await addTask(pool, { ...running, status: 'in_progress' })
  expect(await call('POST', `/tasks/${held}/cancel`)).toMatchObject({
    status: 200,
    body: { status: 'in_progress' },
  })
  const done = await addTask(pool, { ...running, status: 'done', finished_at: at })
  expect(await call('POST', `/tasks/${done}/cancel`)).toMatchObject({
    status: 409,
    body: { detail: `The status of task ${done} is done: there is nothing to cancel.` },
  })
})

it('deletes all tasks only where that was allowed', async () => {
  const careful = await startApi(url)
  expect((await careful.call('DELETE', '/tasks')).status).toBe(403)
  const { call, logged } = await startApi(url, { allowReset: true })
  const { rows } = await pool.query('select count(*)::int as n from taskproc.tasks')
  expect(await call('DELETE', '/tasks')).toMatchObject({ status: 200, body: { deleted: rows[0].n } })
  expect((await call('GET', '/tasks')).body).toEqual({ items: [], next: null })
  expect(logged).toContainEqual(expect.objectContaining({ level: 'warn', event: 'http.reset' }))
})

it('says that the schema is missing', async () => {
  const empty = await testDatabase({ migrated: false })
  const { call } = await startApi(empty.url)
  expect(await call('GET', '/tasks/1')).toMatchObject({
    status: 503,
    body: { detail: expect.stringContaining('taskproc migrate') },
  })
  expect((await call('GET', '/readyz')).body).toMatchObject({
    status: 'not ready',
    reasons: [expect.stringContaining('taskproc migrate')],
  })
})
