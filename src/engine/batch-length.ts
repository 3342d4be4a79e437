// How many outcomes go together in one statement.
import { LIMITS } from '../task/limits.ts'
import type { Settlement, Settling } from '../task/settlement.ts'
import type { TaskId } from '../task/task.ts'

/** How many of the first ones go together: bounded in rows and bytes, and each task once. */
export function batchLength(collected: readonly Settling[]): number {
  const ids = new Set<TaskId>()
  let bytes = 0
  for (const { claim, settlement } of collected) {
    bytes += bytesOf(settlement)
    const isFull = ids.size === LIMITS.settleRows || (ids.size > 0 && bytes > LIMITS.batchBytes)
    if (isFull || ids.has(claim.id)) break
    ids.add(claim.id)
  }
  return ids.size
}

function bytesOf(settlement: Settlement): number {
  if (settlement.verb === 'complete') return settlement.result?.length ?? 0
  return 'error' in settlement ? settlement.error.length : 0
}
