// A transaction that only looks: whatever it did is undone at its end.
import type { Db, Pool } from './pool.ts'

/** Runs `look` between `begin` (the statement, with its isolation) and a rollback, on one connection. */
export async function rolledBack<T>(pool: Pool, begin: string, look: (db: Db) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: unknown
  try {
    await client.query(begin)
    return await look(client)
  } finally {
    await client.query('rollback').catch((thrown: unknown) => {
      broken = thrown
    })
    client.release(broken !== undefined)
  }
}
