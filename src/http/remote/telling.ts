// What is done on behalf of remote workers, told to those who count it.
import type { RemoteClaim } from '../../db/remote/claim.ts'
import type { SettleAnswer } from '../../db/remote/settle.ts'
import type { Emit } from '../../task/events.ts'
import type { Outcome } from '../../task/outcome.ts'
import type { Status } from '../../task/status.ts'
import type { TaskId } from '../../task/task.ts'
import { totalOf } from '../../task/totals.ts'

/** Claims, and tells of it where that gave tasks. */
export async function tellClaim<Claim extends RemoteClaim | null>(
  emit: Emit,
  claim: () => Promise<Claim>,
): Promise<Claim> {
  const beganMs = performance.now()
  const claimed = await claim()
  if (claimed !== null && claimed.tasks.length > 0)
    emit('remote.claimed', { waitedMs: claimed.waitedMs, tookMs: performance.now() - beganMs })
  return claimed
}

/** Settles, and tells what became of it; what had been written before was told before. */
export async function tellSettlement(
  emit: Emit,
  outcome: Outcome['type'],
  settle: () => Promise<SettleAnswer>,
): Promise<SettleAnswer> {
  const beganMs = performance.now()
  const answer = await settle()
  const tookMs = performance.now() - beganMs
  if (answer.type === 'lost') emit('remote.refused', { tookMs })
  if (answer.type !== 'written') return answer
  const { kind, settlement, task } = answer
  const ranMs = outcome === 'interrupted' ? null : answer.tookMs
  emit('remote.settled', {
    runs: [{ kind, outcome, total: totalOf(settlement, task.status), ranMs }],
    tookMs,
  })
  return answer
}

/** Gives back, and tells of those with which that went well. */
export async function tellGiveBack(
  emit: Emit,
  tasks: readonly { id: TaskId; kind: string }[],
  giveBack: () => Promise<ReadonlyMap<TaskId, Status>>,
): Promise<void> {
  const beganMs = performance.now()
  const written = await giveBack()
  const runs = tasks.flatMap(({ id, kind }) => {
    const status = written.get(id)
    if (status === undefined) return []
    return [
      { kind, outcome: 'interrupted' as const, total: totalOf({ verb: 'release' }, status), ranMs: null },
    ]
  })
  emit('remote.settled', { runs, tookMs: performance.now() - beganMs })
}
