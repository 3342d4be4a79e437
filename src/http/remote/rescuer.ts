// The rescue by an API process: remote workers may be all there is, and somebody has to notice when one of them dies.
import type { Pool } from '../../db/pool.ts'
import { declareLost, markSwept, rescue } from '../../db/rescue.ts'
import { lookForRescue, type RescueLook } from '../../db/rescue-look.ts'
import type { Emit, Events } from '../../task/events.ts'
import { LIMITS } from '../../task/limits.ts'
import { errorText } from '../../task/outcome.ts'
import { repeat } from '../repeat.ts'

/** A worker with a short lease may register at any moment; what it held must come back within 5 s of its end. */
const LONGEST_PAUSE_MS = 4_000
/** At random: a fleet does not look in one instant. */
const JITTER_MS = 1_000
/** No id of a process: nobody is left out. */
const NOBODY = 0

export interface RescuerOptions {
  pool: Pool
  crashLimit: number
  emit: Emit
}

/** Looks until `signal` is aborted, whether or not an engine does the same somewhere. */
export function rescueUntil(signal: AbortSignal, options: RescuerOptions): Promise<void> {
  const { pool, emit } = options
  const tick = async () => {
    const seen = await lookForRescue(pool, NOBODY)
    if (seen.isAnyOver || seen.hasAnyEnded) await pass(options, seen)
    const { nextExpiryMs } = seen.isAnyOver ? await lookForRescue(pool, NOBODY) : seen
    const expiryMs = nextExpiryMs ?? LONGEST_PAUSE_MS
    return Math.max(0, Math.min(expiryMs, LONGEST_PAUSE_MS)) + JITTER_MS * (0.1 + 0.9 * Math.random())
  }
  return repeat(signal, tick, (thrown, retryMs) =>
    emit('part.failed', { part: 'rescuer', error: errorText(thrown), retryMs }),
  )
}

async function pass({ pool, crashLimit, emit }: RescuerOptions, seen: RescueLook): Promise<void> {
  const lost = seen.isAnyOver ? await declareLost(pool) : []
  if (lost.length > 0) emit('process.lost', { names: lost.map(({ name }) => name) })
  const { pending, error, cancelled } = await rescueAll(pool, crashLimit)
  if (pending + error + cancelled > 0) emit('rescue.done', { pending, error, cancelled })
  await markSwept(pool, [...seen.unswept, ...lost.map(({ id }) => id)])
}

async function rescueAll(pool: Pool, crashLimit: number): Promise<Events['rescue.done']> {
  const counts = { pending: 0, error: 0, cancelled: 0 }
  for (;;) {
    const batch = await rescue(pool, crashLimit, LIMITS.batchRows)
    for (const { status } of batch) counts[status] += 1
    if (batch.length < LIMITS.batchRows) return counts
  }
}
