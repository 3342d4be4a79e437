// The rescuer: looks for processes that stopped beating and gives back what they held. Every process has one; they do
// not get in each other's way, and none is needed more than another.

import type { LostProcess } from '../db/rescue.ts'
import type { RescueLook } from '../db/rescue-look.ts'
import type { Rescued } from '../db/rescue-piece.ts'
import type { Emit } from '../task/events.ts'
import { LIMITS } from '../task/limits.ts'
import type { TaskId } from '../task/task.ts'
import { Loop } from './loop.ts'

/** The first look after a lease is over comes within this, at a random moment: a fleet does not look in one instant. */
const JITTER_MS = 1_000

export interface RescuerParts {
  lookForRescue(): Promise<RescueLook>
  declareLost(): Promise<LostProcess[]>
  markSwept(processIds: readonly TaskId[]): Promise<void>
  rescue(limit: number): Promise<Rescued[]>
  /** Something is pending again. */
  onRescued(): void
  emit: Emit
}

export class Rescuer {
  readonly #loop: Loop

  constructor(parts: RescuerParts, leaseMs: number) {
    const jitterMs = Math.min(JITTER_MS, leaseMs / 15)
    const tick = async () => {
      const seen = await parts.lookForRescue()
      if (seen.isAnyOver || seen.hasAnyEnded) await pass(parts, seen)
      const { nextExpiryMs } = seen.isAnyOver ? await parts.lookForRescue() : seen
      const expiryMs = nextExpiryMs ?? leaseMs
      return Math.max(0, Math.min(expiryMs, leaseMs)) + jitterMs * (0.1 + 0.9 * Math.random())
    }
    this.#loop = new Loop({ name: 'rescuer', tick, emit: parts.emit })
  }

  start(): void {
    this.#loop.start()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }
}

/** One complete search: only those are marked as searched that had ended before it began. */
async function pass(parts: RescuerParts, seen: RescueLook): Promise<void> {
  const lost = seen.isAnyOver ? await parts.declareLost() : []
  if (lost.length > 0) parts.emit('process.lost', { names: lost.map(({ name }) => name) })
  await rescueAll(parts)
  await parts.markSwept([...seen.unswept, ...lost.map(({ id }) => id)])
}

async function rescueAll({ rescue, onRescued, emit }: RescuerParts): Promise<void> {
  const counts = { pending: 0, error: 0, cancelled: 0 }
  let found: number
  do {
    const batch = await rescue(LIMITS.batchRows)
    for (const { status } of batch) counts[status] += 1
    found = batch.length
    if (found > 0) onRescued()
  } while (found === LIMITS.batchRows)
  if (counts.pending + counts.error + counts.cancelled > 0) emit('rescue.done', counts)
}
