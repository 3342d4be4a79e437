// LISTEN: notifications that there may be work. A hint, never the truth.
import { type TaskId, taskId } from '../task/task.ts'
import { type ConnectionOptions, createClient } from './pool.ts'

export interface Hearing {
  /** There may be work in this queue. */
  onWork(queue: string): void
  /** Somebody wants this running task cancelled. */
  onCancel(id: TaskId): void
}

export interface Listening {
  /** Resolves when the connection is lost or closed. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

/**
 * Opens a connection of its own, direct to the server (a transaction pooler forgets who listens), and says what it
 * hears. Throws when it cannot connect.
 */
export async function listen(options: ConnectionOptions, hearing: Hearing): Promise<Listening> {
  const client = createClient(options)
  const ended = new Promise<void>((resolve) => client.once('end', resolve))
  client.on('error', () => {})
  client.on('notification', ({ channel, payload = '' }) =>
    channel === 'taskproc_cancel' ? hearing.onCancel(taskId(payload)) : hearing.onWork(payload),
  )
  try {
    await client.connect()
    await client.query('listen taskproc_work; listen taskproc_cancel')
  } catch (thrown) {
    await client.end().catch(() => {})
    throw thrown
  }
  return { ended, close: () => client.end().catch(() => {}) }
}
