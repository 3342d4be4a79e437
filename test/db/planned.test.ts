// Named statements: planned once for a connection, and sent without a name where names do not work.
import { expect, it } from 'vitest'
import { queryPlanned } from '../../src/db/planned.ts'
import { testDatabase } from '../support/database.ts'

const { pool } = await testDatabase()

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
