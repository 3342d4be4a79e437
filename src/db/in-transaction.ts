// A transaction of several statements on one connection of a pool: all of them or none.
import type { Db, Pool } from './pool.ts'

/** Runs `work` in a transaction, and commits what it did; whatever it throws undoes it. */
export async function inTransaction<T>(pool: Pool, work: (db: Db) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let isBroken = false
  try {
    await client.query('begin')
    const value = await work(client)
    await client.query('commit')
    return value
  } catch (thrown) {
    await client.query('rollback').catch(() => {
      isBroken = true
    })
    throw thrown
  } finally {
    client.release(isBroken)
  }
}
