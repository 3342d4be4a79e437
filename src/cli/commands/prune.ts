// taskproc prune: deletes finished tasks that are old enough, with their logs, and what tasks leave behind.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from '../../db/pool.ts'
import { isAnybodyAlive } from '../../db/processes.ts'
import { pruneOrphanLogs, pruneProcesses } from '../../db/prune/rest.ts'
import type { ExitStatus } from '../../errors.ts'
import { LIMITS } from '../../task/limits.ts'
import type { TaskId } from '../../task/task.ts'
import { runBulk } from '../bulk/bulk.ts'
import { readPruneFilter } from '../bulk/target.ts'
import { PRUNE } from '../bulk/verbs.ts'
import type { Flags } from '../config.ts'
import type { Terminal } from '../terminal.ts'

export async function runPrune(flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const filter = readPruneFilter(PRUNE, flags)
  // Who prunes the tasks of one kind does not ask for the rest.
  const isAll =
    Object.keys(filter).every((name) => name === 'status' || name === 'olderThanMs') && !flags['status']
  const afterwards = (pool: Pool, signal: AbortSignal) => pruneRest(pool, filter.olderThanMs, signal)
  return runBulk({ verb: PRUNE, filter, flags, terminal, ...(isAll ? { afterwards } : {}) })
}

async function pruneRest(
  pool: Pool,
  olderThanMs: number,
  signal: AbortSignal,
): Promise<{ processes: number; log_lines: number }> {
  const gone = { processes: 0, log_lines: 0 }
  for (let found: number = LIMITS.batchRows; found === LIMITS.batchRows && !signal.aborted; ) {
    found = await pruneProcesses(pool, olderThanMs, LIMITS.batchRows)
    gone.processes += found
  }
  for (let after: TaskId | null = 0; after !== null && !signal.aborted; ) {
    const beganMs = performance.now()
    const swept = await pruneOrphanLogs(pool, after, LIMITS.batchRows)
    gone.log_lines += swept.gone
    after = swept.after
    if (after !== null && (await isAnybodyAlive(pool)))
      await sleep(PRUNE.pauseShare * (performance.now() - beganMs), undefined, { signal }).catch(() => {})
  }
  return gone
}
