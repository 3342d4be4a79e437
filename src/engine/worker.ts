// A worker: takes a claim from the channel, runs it, hands on the outcome, again and again.
import type { Emit } from '../task/events.ts'
import type { Outcome } from '../task/outcome.ts'
import type { Claim } from '../task/task.ts'
import type { Channel } from './channel.ts'
import { monotonicMs } from './clock.ts'
import type { Holding } from './holdings.ts'
import { Run } from './run.ts'

export interface WorkerParts {
  channel: Channel<Holding>
  execute(holding: Holding, run: Run): Promise<Outcome>
  /** The limit of a run; null: none. */
  timeoutMs(claim: Claim): number | null
  /** False when the claim may be another's by now. */
  mayRun(claim: Claim): boolean
  release(held: readonly Holding[]): void
  /** `tookMs` is null where it never began. */
  finish(holding: Holding, outcome: Outcome, tookMs: number | null): void
  emit: Emit
}

/** Works until the channel is closed; resolves when its last task is handed on. `worker` counts from 1. */
export async function work(worker: number, parts: WorkerParts): Promise<void> {
  const { channel, execute, timeoutMs, mayRun, release, finish, emit } = parts
  for (;;) {
    const taken = channel.take()
    const holding = taken instanceof Promise ? await taken : taken
    if (holding === undefined) return
    const { claim } = holding
    if (holding.isCancelled) {
      finish(holding, { type: 'cancelled', reason: 'cancelled before it ran' }, null)
      continue
    }
    if (!mayRun(claim)) {
      release([holding])
      continue
    }
    const startedMs = monotonicMs()
    emit('run.started', { claim, worker, waitedMs: claim.waitedMs + startedMs - holding.receivedMs })
    const run = new Run((run) => execute(holding, run), timeoutMs(claim))
    holding.running = { worker, startedMs, run }
    const outcome = await run.outcome
    holding.running = null
    const tookMs = monotonicMs() - startedMs
    emit('run.finished', { claim, worker, outcome, tookMs })
    finish(holding, outcome, tookMs)
  }
}
