// A held snapshot: what a forgotten transaction, a long report or a backup does to a queue, for measurements.
import { createClient } from '../pool.ts'

/** Holds a snapshot, in a transaction that has written, until the returned function is called. Safe twice. */
export async function holdSnapshot(url: string): Promise<() => Promise<void>> {
  const client = createClient({ url, applicationName: 'taskproc bench hold' })
  client.on('error', () => {})
  await client.connect()
  await client.query('begin isolation level repeatable read')
  // A transaction id is what a transaction has that has written; and the first statement takes the snapshot.
  await client.query('select txid_current()')
  return () => client.end().catch(() => {})
}
