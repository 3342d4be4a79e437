// Whether an open loop kept its rate: what is behind when the last task arrives runs on after it.
import { count, duration, grouped } from '../../telemetry/words.ts'
import type { Ledger } from './ledger.ts'

/** Behind by more than this, and by more than this share of the time in which tasks arrived, the rate was not kept. */
const LAG_MS = 250
const LAG_SHARE = 0.05

/** A sentence where tasks arrived faster (`rate` in a second, as it was asked for) than they were run; none otherwise. */
export function behind(ledger: Ledger, rate: number): string[] {
  const { firstEnqueuedMs: firstMs, lastEnqueuedMs: lastMs, lastDoneMs } = ledger.bounds
  const lagMs = lastDoneMs - lastMs
  if (!(lagMs > Math.max(LAG_MS, (lastMs - firstMs) * LAG_SHARE))) return []
  let waiting = 0
  for (const { doneMs } of ledger.entries()) if (!(doneMs <= lastMs)) waiting += 1
  const kept = Math.round((ledger.finished * 1000) / (lastDoneMs - firstMs))
  return [
    `the rate was not kept: ${grouped(kept)}/s of ${grouped(rate)}/s; ` +
      `when the last task arrived, ${count(waiting, 'task')} waited, and took ${duration(lagMs)} more`,
  ]
}
