// A rehearsal: statements whose answers are wanted, and not what they do.
import type { Db } from './db.ts'
import type { Pool } from './pool.ts'
import { rollBack } from './transaction.ts'

/**
 * What `act` returns; whatever it changed in the database is undone, and nobody is notified of it. `begin` is the
 * statement that begins the transaction, with its isolation.
 */
export async function rolledBack<Value>(
  pool: Pool,
  act: (db: Db) => Promise<Value>,
  begin = 'begin',
): Promise<Value> {
  const client = await pool.connect()
  try {
    await client.query(begin)
    return await act(client)
  } finally {
    client.release(!(await rollBack(client)))
  }
}
