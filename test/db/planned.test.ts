// Named statements: planned once for a connection, and sent without a name where names do not work.
import { describe, expect, it } from 'vitest'
import { planAlongIndexes, queryOutside, queryPlanned, queryTasks } from '../../src/db/planned.ts'
import { createPool, type Pool } from '../../src/db/pool.ts'
import { testDatabase } from '../support/database.ts'

const { url, pool } = await testDatabase()

const known = `select count(*)::int as n from pg_prepared_statements where statement like 'select $1::int%'`

it('are known to the connection after the first time, once', async () => {
  const client = await pool.connect()
  try {
    for (const n of [1, 2, 3])
      expect((await queryPlanned(client, 'select $1::int as n', [n])).rows).toEqual([{ n }])
    expect((await client.query(known)).rows).toEqual([{ n: 1 }])
  } finally {
    client.release(true)
  }
})

it.each([
  ['does not know the name', 'deallocate all'],
  ['knows it from another client', undefined],
])('are sent without one from then on where a connection %s', async (_, statement) => {
  const first = await pool.connect()
  const client = await pool.connect()
  try {
    await queryPlanned(first, 'select $1::int as n', [1])
    const { rows } = await first.query('select name, statement from pg_prepared_statements')
    if (statement === undefined) await client.query(`prepare ${rows[0].name} as ${rows[0].statement}`)
    else {
      await queryPlanned(client, 'select $1::int as n', [1])
      await client.query(statement)
    }
    for (const n of [2, 3])
      expect((await queryPlanned(client, 'select $1::int as n', [n])).rows).toEqual([{ n }])
  } finally {
    for (const one of [first, client]) one.release(true)
  }
})

it('pass on what else goes wrong', async () => {
  await expect(queryPlanned(pool, 'select 1 / $1::int as n', [0])).rejects.toThrow('division by zero')
})

describe('where a connection of an engine', () => {
  const settings = `select name, setting from pg_settings where source = 'session' and setting = 'off' order by name`
  const named = `select count(*)::int as n from pg_prepared_statements where name like 'taskproc%'`
  const withPool = async (act: (pool: Pool) => Promise<void>) => {
    const one = createPool({ url, applicationName: 'test', maxConnections: 1, plansAlongIndexes: true })
    try {
      await act(one)
    } finally {
      await one.end()
    }
  }

  it('is direct, it plans along indexes, and plans are kept', () =>
    withPool(async (one) => {
      await one.query('select 1')
      expect((await one.query(settings)).rows.map(({ name }) => name)).toEqual([
        ...['enable_hashjoin', 'enable_mergejoin', 'enable_seqscan', 'jit'],
      ])
      await queryTasks(one, 'select $1::int as n', [1])
      expect((await one.query(named)).rows).toEqual([{ n: 1 }])
    }))

  it('has a pooler in front of it, nothing is set that others would find, and nothing is kept', () =>
    withPool(async (one) => {
      await one.query('select 1')
      for (const setting of ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'jit'])
        await one.query(`reset ${setting}`)
      const pooled = { query: one.query.bind(one), processID: 0 } as never
      await planAlongIndexes(one, pooled)
      expect((await one.query(settings)).rows).toEqual([])
      await queryTasks(one, 'select $1::int as n', [1])
      expect((await one.query(named)).rows).toEqual([{ n: 0 }])
    }))
})

it('may be a client in a transaction: then they have no name', async () => {
  const client = await pool.connect()
  try {
    await queryOutside(client, 'select $1::int as n', [1])
    expect((await client.query(known)).rows).toEqual([{ n: 0 }])
  } finally {
    client.release(true)
  }
  await queryOutside(pool, 'select $1::int as n', [1])
  expect((await pool.query(known)).rows).toEqual([{ n: 1 }])
})
