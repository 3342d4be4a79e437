// A look that may take minutes, and that ends on the server too when nobody waits for it any more.
import type { Db } from './db.ts'
import type { Pool } from './pool.ts'
import { rolledBack } from './rolled-back.ts'

/** As long as it takes: a day. */
export const PATIENT_MS = 86_400_000

/**
 * Runs `read` in a transaction that only reads. When this process ends before it has its answer, the server stops working
 * on it within a second; a server that is not on Linux may go on to the end.
 */
export function patiently<T>(pool: Pool, read: (db: Db) => Promise<T>): Promise<T> {
  const watched = async (db: Db): Promise<T> => {
    await db.query(WATCH_CLIENT)
    return read(db)
  }
  return rolledBack(pool, watched, 'begin read only')
}

// Where the server cannot do that, the setting is an error.
const WATCH_CLIENT = `
select set_config('client_connection_check_interval', '1s', true) where version() ~ 'linux'`
