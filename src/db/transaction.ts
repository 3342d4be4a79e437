// A transaction on a connection of the pool, given back whatever happens.
import type { ClientBase } from 'pg'
import { databaseFailure } from './failure.ts'
import type { Pool } from './pool.ts'

/** A statement that waits for longer behind somebody's lock gives up, and the transaction with it. */
export const LOCK_TIMEOUT_MS = 5_000
/**
 * Whoever says nothing for longer in the middle of a transaction (frozen, or its machine is gone) has lost it: else the rows
 * that it locked, a worker's row among them, would stay locked for as long as TCP believes in it, which is hours.
 */
const SILENCE_LIMIT_MS = 10_000

const BEGIN = `begin; set local lock_timeout = ${LOCK_TIMEOUT_MS};
set local idle_in_transaction_session_timeout = ${SILENCE_LIMIT_MS}`

export interface Ending<Value> {
  /** false rolls back. */
  commit: boolean
  value: Value
}

/** Runs `work` in a transaction and returns its value. What it throws rolls back. */
export async function transaction<Value>(
  pool: Pool,
  work: (client: ClientBase) => Promise<Ending<Value>>,
): Promise<Value> {
  const client = await pool.connect()
  let isBroken = true
  try {
    await client.query(BEGIN)
    const { commit, value } = await work(client)
    await client.query(commit ? 'commit' : 'rollback')
    isBroken = false
    return value
  } catch (thrown) {
    // A statement that never was answered would have the rollback wait behind it.
    isBroken = databaseFailure(thrown) === 'unavailable' || !(await rollBack(client))
    throw thrown
  } finally {
    client.release(isBroken)
  }
}

/** Ends the transaction and undoes it. false: it could not be asked for, and the connection must not be used again. */
export function rollBack(client: ClientBase): Promise<boolean> {
  return client.query('rollback').then(
    () => true,
    () => false,
  )
}
