// The mark of a measurement that runs: a connection whose name is that of its scratch database or of its queue. The server
// shows it to everybody, and it is gone with its process, however that ends.
import { createClient } from '../pool.ts'

/** Holds the mark `name` until the returned function is called. Safe twice. */
export async function holdMark(url: string, name: string): Promise<() => Promise<void>> {
  const client = createClient({ url, applicationName: name })
  client.on('error', () => {})
  await client.connect()
  const leave = () => client.end().catch(() => {})
  try {
    // It says nothing for as long as the measurement takes.
    await client.query('set idle_session_timeout = 0')
  } catch (thrown) {
    await leave()
    throw thrown
  }
  return leave
}

/** SQL: whether somebody is at work for the scratch database or the queue of the name `name`, an expression. */
export function isMarked(name: string): string {
  return `exists (select from pg_stat_activity a where a.datname = ${name} or strpos(a.application_name, ${name}) > 0)`
}
