// A transaction is not left open by who falls silent in it.
import { expect, it } from 'vitest'
import { transaction } from '../../src/db/transaction.ts'
import { testDatabase } from '../support/database.ts'

const { pool } = await testDatabase()

it('limits how long it waits for a lock, and how long it may be silent; both end with it', async () => {
  const limits = `select current_setting('lock_timeout') as lock,
    current_setting('idle_in_transaction_session_timeout') as silence`
  const inside = await transaction(pool, async (client) => ({
    commit: true,
    value: (await client.query(limits)).rows,
  }))
  expect(inside).toEqual([{ lock: '5s', silence: '10s' }])
  expect((await pool.query(limits)).rows).toEqual([{ lock: '0', silence: '0' }])
})

it('is undone where it was silent for too long, its locks are gone, and the next one has a connection', async () => {
  const silent = transaction(pool, async (client) => {
    await client.query(`create table taskproc.left_behind ()`)
    await client.query(`set local idle_in_transaction_session_timeout = 1`)
    await new Promise((resolve) => client.once('end', resolve))
    await client.query('select 1')
    return { commit: true, value: null }
  })
  await expect(silent).rejects.toThrow()
  const { rows } = await pool.query(`select to_regclass('taskproc.left_behind') as found`)
  expect(rows).toEqual([{ found: null }])
})
