// LISTEN: notifications that there may be work. A hint, never the truth.
import { randomUUID } from 'node:crypto'
import { type TaskId, taskId } from '../task/task.ts'
import { type ConnectionOptions, createClient, type Pool } from './pool.ts'

export interface Hearing {
  /** There may be work in this queue. */
  onWork(queue: string): void
  /** In this queue there are tasks again where claims have been already. */
  onBack?(queue: string): void
  /** Somebody wants this running task cancelled. */
  onCancel(id: TaskId): void
  /** This queue (an empty text: every queue) is paused. */
  onPause?(queue: string): void
  /** A schedule was added, changed or removed. */
  onSchedule?(): void
}

export interface Listening {
  /** Whether a notification really arrives. Behind a transaction pooler LISTEN succeeds, and nothing is ever heard. */
  readonly hears: boolean
  /** Resolves when the connection is lost or closed. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

/** How long the notification to ourselves may take. */
const ECHO_LIMIT_MS = 2_000

/**
 * Opens a connection of its own, direct to the server, and says what it hears. Throws when it cannot connect. `pool`
 * sends the word that must come back.
 */
export async function listen(options: ConnectionOptions, pool: Pool, hearing: Hearing): Promise<Listening> {
  const client = createClient(options)
  const word = randomUUID()
  let onEcho = (_heard: boolean) => {}
  const echo = new Promise<boolean>((resolve) => {
    onEcho = resolve
  })
  const ended = new Promise<void>((resolve) => client.once('end', resolve))
  client.on('error', () => {})
  client.on('notification', ({ channel, payload = '' }) => {
    if (channel === 'taskproc_cancel') hearing.onCancel(taskId(payload))
    else if (channel === 'taskproc_work') hearing.onWork(payload)
    else if (channel === 'taskproc_back') hearing.onBack?.(payload)
    else if (channel === 'taskproc_pause') hearing.onPause?.(payload)
    else if (channel === 'taskproc_schedule') hearing.onSchedule?.()
    else if (payload === word) onEcho(true)
  })
  try {
    await client.connect()
    await client.query(CHANNELS.map((channel) => `listen ${channel}`).join('; '))
    await pool.query(`select pg_notify('taskproc_echo', $1)`, [word])
  } catch (thrown) {
    await client.end().catch(() => {})
    throw thrown
  }
  const timer = setTimeout(() => onEcho(false), ECHO_LIMIT_MS)
  const hears = await Promise.race([echo, ended.then(() => false)])
  clearTimeout(timer)
  return { hears, ended, close: () => client.end().catch(() => {}) }
}

const CHANNELS = ['work', 'back', 'cancel', 'pause', 'schedule', 'echo'].map((name) => `taskproc_${name}`)
