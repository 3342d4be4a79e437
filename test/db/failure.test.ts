// What a failure of the database means, from real ones.
import { expect, it } from 'vitest'
import { databaseFailure } from '../../src/db/failure.ts'
import { createPool, type Pool } from '../../src/db/pool.ts'
import { startProxy } from '../flow/proxy.ts'
import { testDatabase } from '../support/database.ts'
import { atTestEnd } from '../support/end.ts'

const { url, pool } = await testDatabase()
const empty = await testDatabase({ migrated: false })

async function thrownBy(act: (pool: Pool) => Promise<unknown>, on = pool): Promise<unknown> {
  return act(on).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
}

function poolOf(database: string, answerTimeoutMs = 5_000): Pool {
  const made = createPool({ url: database, applicationName: 'test', answerTimeoutMs, connectTimeoutMs: 500 })
  atTestEnd(() => made.end())
  return made
}

it.each([
  ['refused', `select 'x'::int`],
  ['refused', `insert into taskproc.tasks (kind) values (null)`],
  ['refused', `select '"\\u0000"'::jsonb`],
  ['unavailable', `select pg_terminate_backend(pg_backend_pid())`],
  ['unavailable', `set statement_timeout = 1; select pg_sleep(1)`],
  ['busy', `do $$ begin raise exception using errcode = '40P01'; end $$`],
  ['busy', `do $$ begin raise exception using errcode = '55P03'; end $$`],
  ['permission', `do $$ begin raise exception using errcode = '42501'; end $$`],
  [undefined, `selekt 1`],
])('%s: %s', async (failure, statement) => {
  expect(databaseFailure(await thrownBy((on) => on.query(statement)))).toBe(failure)
})

it('schema: a table that is not there', async () => {
  const thrown = await thrownBy((on) => on.query('select from taskproc.tasks'), empty.pool)
  expect(databaseFailure(thrown)).toBe('schema')
})

it('unavailable: nobody there, no way there, no answer', async () => {
  const proxy = await startProxy(url)
  const patient = poolOf(proxy.url, 300)
  await patient.query('select 1')
  proxy.freeze()
  expect(databaseFailure(await thrownBy((on) => on.query('select 1'), patient))).toBe('unavailable')
  expect(databaseFailure(await thrownBy((on) => on.query('select 1'), poolOf(proxy.url)))).toBe('unavailable')
  proxy.thaw()
  proxy.down()
  expect(databaseFailure(await thrownBy((on) => on.query('select 1'), poolOf(proxy.url)))).toBe('unavailable')
  const nobody = poolOf('postgresql://nobody@127.0.0.1:1/none')
  expect(databaseFailure(await thrownBy((on) => on.query('select 1'), nobody))).toBe('unavailable')
  const nowhere = poolOf('postgresql://nobody@/none?host=/no/such/directory')
  expect(databaseFailure(await thrownBy((on) => on.query('select 1'), nowhere))).toBe('unavailable')
})

it('none: what is no failure of the database', () => {
  for (const thrown of [new TypeError('x is not a function'), 'text', undefined, new Error('boom')])
    expect(databaseFailure(thrown)).toBeUndefined()
})
