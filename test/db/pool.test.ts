// Connections: numbers that stay exact, losses that end nothing, and errors that say what to do.
import { expect, it, vi } from 'vitest'
import {
  connectionError,
  createClient,
  createPool,
  type Pool,
  redact,
  requireConnection,
} from '../../src/db/pool.ts'
import { EXIT } from '../../src/errors.ts'
import { testDatabase, withDatabase } from '../support/database.ts'
import { atTestEnd, tempDir } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'

const { url, pool } = await testDatabase()

function poolAt(url: string, options: { maxConnections?: number; answerTimeoutMs?: number } = {}): Pool {
  const pool = createPool({ url, applicationName: 'test pool', ...options })
  atTestEnd(() => pool.end())
  return pool
}

it('reads a bigint as a number while that is exact, else as its digits', async () => {
  const { rows } = await pool.query(
    'select 9007199254740991::bigint as exact, 9007199254740992::bigint as large, -5::bigint as negative',
  )
  expect(rows).toEqual([{ exact: 9007199254740991, large: '9007199254740992', negative: -5 }])
  const arrays = await pool.query(
    `select array['a', null]::text[] as texts, '{"a": 1}'::jsonb as json, 1.5::float8 as float`,
  )
  expect(arrays.rows).toEqual([{ texts: ['a', null], json: { a: 1 }, float: 1.5 }])
})

it('goes on when a connection that idles is lost', async () => {
  const small = poolAt(url, { maxConnections: 1 })
  const { rows } = await small.query('select pg_backend_pid() as pid')
  await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid])
  await eventually('the pool to notice', () => small.totalCount === 0)
  expect((await small.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

it('throws what breaks a statement, and goes on', async () => {
  const small = poolAt(url, { maxConnections: 1 })
  const dying = small.query('select pg_terminate_backend(pg_backend_pid())')
  await expect(dying).rejects.toMatchObject({ code: '57P01' })
  await expect(answered(small)).resolves.toEqual([{ one: 1 }])
})

it('gives up on an answer that does not come, with its connection', async () => {
  const hasty = poolAt(url, { maxConnections: 1, answerTimeoutMs: 200 })
  await expect(hasty.query('select pg_sleep(60)')).rejects.toThrow('Query read timeout')
  await expect(answered(hasty)).resolves.toEqual([{ one: 1 }])
})

/** The loss of a connection may be heard of only by the next statement: then the one after it goes through. */
async function answered(pool: Pool): Promise<unknown[]> {
  const ask = async () => (await pool.query('select 1 as one')).rows
  return ask().catch(ask)
}

it('opens no connection before it is asked to, and no more than it may', async () => {
  const count = async () => {
    const { rows } = await pool.query(`select from pg_stat_activity where application_name = 'counted'`)
    return rows.length
  }
  const counted = createPool({ url, applicationName: 'counted', maxConnections: 2 })
  atTestEnd(() => counted.end())
  expect(await count()).toBe(0)
  await Promise.all(Array.from({ length: 6 }, () => counted.query('select 1')))
  expect(await count()).toBe(2)
})

it('keeps one connection, for however long nothing is asked', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const idle = poolAt(url)
    await Promise.all(Array.from({ length: 3 }, () => idle.query('select 1')))
    expect(idle.totalCount).toBe(3)
    vi.advanceTimersByTime(3_600_000)
    expect(idle.totalCount).toBe(1)
  } finally {
    vi.useRealTimers()
  }
})

it.each([
  [
    'a port where nobody listens',
    () => 'postgresql://u:secret@127.0.0.1:1/db',
    /ECONNREFUSED/,
    /PostgreSQL runs there/,
  ],
  [
    'a socket that is not there',
    () => `postgresql://u@/db?host=${tempDir()}`,
    /ENOENT/,
    /PostgreSQL runs there/,
  ],
  [
    'a host that does not exist',
    () => 'postgresql://u:secret@no-such-host.invalid/db',
    /ENOTFOUND|EAI_AGAIN/,
    /PostgreSQL runs there/,
  ],
  [
    'a database that does not exist',
    () => withDatabase(url, 'no_such_database'),
    /does not exist/,
    /createdb NAME/,
  ],
])('explains %s, without a password', async (_, urlOf, message, hint) => {
  const badUrl = urlOf()
  const failed = requireConnection(poolAt(badUrl), badUrl)
  await expect(failed).rejects.toMatchObject({
    name: 'ExpectedError',
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
    exitStatus: EXIT.operational,
  })
  await expect(failed).rejects.not.toThrow(/secret/)
})

it('has nothing to explain about an error of ours', async () => {
  const bug = await pool.query('select nonsense').catch((thrown: unknown) => thrown)
  expect(connectionError(bug, url)).toBeUndefined()
  expect(connectionError('no error', url)).toBeUndefined()
})

it('explains a wrong password and a full server', () => {
  for (const [code, hint] of [
    ['28P01', /password/],
    ['53300', /max_connections/],
    ['57P03', /try again/],
  ] as const) {
    expect(connectionError(Object.assign(new Error('no'), { code }), url)?.hint).toMatch(hint)
  }
})

it.each([
  ['postgresql://me:secret@host:5/db', 'postgresql://me:***@host:5/db'],
  ['postgresql://host/db?user=me&password=secret', 'postgresql://host/db?user=me&password=***'],
  ['postgresql://me@host/db', 'postgresql://me@host/db'],
  ['postgresql://me:secret@/db?host=/run/pg', 'DATABASE_URL'],
  ['host=x password=secret', 'DATABASE_URL'],
])('shows %s as %s', (url, shown) => {
  expect(redact(url)).toBe(shown)
})

it('makes a client that is not connected yet', async () => {
  const client = createClient({ url, applicationName: 'a client' })
  await client.connect()
  const { rows } = await client.query(`select current_setting('application_name') as name`)
  expect(rows).toEqual([{ name: 'a client' }])
  await client.end()
})
