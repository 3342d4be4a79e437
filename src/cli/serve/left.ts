// What somebody who stopped a serve by hand wants to know at its end: how much still waits, and how to go on.
import type { Pool } from '../../db/pool.ts'
import { readStats } from '../../db/stats/stats.ts'
import { count } from '../../telemetry/words.ts'
import type { Flags } from '../config.ts'
import { isScreen, type Terminal } from '../terminal.ts'
import { programName } from '../typed.ts'

/** The end is not held up for it. */
const LOOK_LIMIT_MS = 1_000
/** Without these flags another serve may leave the same tasks alone, or take others. */
const CHOOSING = ['queue', 'handlers', 'exec'] as const

/** A line on the terminal where tasks of its queues are pending; nothing where they cannot be counted now. Never rejects. */
export async function sayWhatWaits(
  pool: Pool,
  queues: readonly string[] | undefined,
  flags: Flags,
  terminal: Terminal,
): Promise<void> {
  if (!isScreen(terminal.stderr)) return
  const pending = await Promise.race([pendingIn(pool, queues).catch(() => 0), late()])
  if (pending === 0) return
  const again = CHOOSING.some((name) => flags[name] !== undefined) ? ', with the same flags' : ''
  const waiting = `${count(pending, 'task')} still ${pending === 1 ? 'waits' : 'wait'}`
  terminal.stderr.write(`${waiting}; to go on: ${programName(terminal)} serve${again}\n`)
}

async function pendingIn(pool: Pool, queues: readonly string[] | undefined): Promise<number> {
  const stats = await readStats(pool, { exact: false })
  return stats.queues
    .filter(({ queue }) => queues?.includes(queue) ?? true)
    .reduce((sum, { pending }) => sum + pending, 0)
}

function late(): Promise<0> {
  return new Promise((resolve) => setTimeout(() => resolve(0), LOOK_LIMIT_MS).unref())
}
