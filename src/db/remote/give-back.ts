// Tasks that a remote worker was to be given and that never reached it.
import type { Settling } from '../../task/settlement.ts'
import type { Status } from '../../task/status.ts'
import type { TaskId } from '../../task/task.ts'
import type { Pool } from '../pool.ts'
import { settle } from '../settle.ts'
import type { ClaimedTask } from './claim.ts'
import type { Caller } from './presence.ts'

/** Releases them at once: they cost no attempt. Those that are not its own any more stay as they are. */
export async function giveBack(
  pool: Pool,
  { id: processId, name }: Caller,
  tasks: readonly ClaimedTask[],
): Promise<ReadonlyMap<TaskId, Status>> {
  return settle(
    pool,
    name,
    tasks.map((task) => releasing(task, processId)),
  )
}

function releasing(task: ClaimedTask, processId: TaskId): Settling {
  const claim = {
    id: task.id,
    claimNumber: task.claim_number,
    processId,
    queue: task.queue,
    kind: task.kind,
    payload: null,
    attempt: task.attempts,
    maxAttempts: task.max_attempts,
    crashes: task.crashes,
    timeoutMs: task.timeout_ms,
    backoffMs: null,
    trace: null,
    waitedMs: 0,
    claimedAtS: null,
  }
  return { claim, settlement: { verb: 'release' }, tookMs: null }
}
