// One run of one task, from the claim to its outcome. Whatever the handler does becomes a value here.
import { type Outcome, outcomeOfError } from '../task/outcome.ts'
import { stopError } from '../task/stop.ts'
import { MAX_TIMER_MS } from './loop.ts'

/**
 * Why a run is stopped. `shutdown`: the drain is over. `fenced`: the claim may be another's soon. `timeout`: it took
 * longer than the task allows. `cancelled`: somebody wants it so.
 */
export type StopReason = 'shutdown' | 'fenced' | 'timeout' | 'cancelled'

/**
 * How long a handler has to end by itself after its signal. Short where the claim must be free again: at a shutdown
 * within a second, at a fence before the lease is over.
 */
const GRACE_MS: Record<StopReason, number> = { shutdown: 250, fenced: 0, timeout: 5_000, cancelled: 5_000 }

export interface Run {
  /** Never rejects. */
  readonly outcome: Promise<Outcome>
  /** Aborts the signal of the run and ends it after the grace of `reason`. The first reason decides the outcome. */
  stop(reason: StopReason): void
}

/**
 * Starts `execute`, which gets a function that gives the signal of this run. The controller behind it is made when
 * somebody asks: a handler that never looks at its signal does not pay for one.
 */
export function startRun(
  execute: (signal: () => AbortSignal) => Promise<Outcome>,
  timeoutMs: number | null,
): Run {
  let controller: AbortController | undefined
  let stopped: StopReason | undefined
  let graceTimer: NodeJS.Timeout | undefined
  let graceMs = Number.POSITIVE_INFINITY
  let settle: (outcome: Outcome) => void = () => {}

  const signal = () => {
    if (controller === undefined) {
      controller = new AbortController()
      if (stopped !== undefined) controller.abort(abortReason(stopped, timeoutMs))
    }
    return controller.signal
  }
  const stop = (reason: StopReason) => {
    const first = stopped ?? reason
    stopped = first
    controller?.abort(abortReason(first, timeoutMs))
    // A further reason can only shorten the grace.
    if (GRACE_MS[reason] >= graceMs) return
    graceMs = GRACE_MS[reason]
    clearTimeout(graceTimer)
    graceTimer = setTimeout(() => settle(outcomeOfStop(first, timeoutMs)), graceMs)
  }
  const timeoutTimer =
    timeoutMs === null ? undefined : setTimeout(() => stop('timeout'), Math.min(timeoutMs, MAX_TIMER_MS))
  const outcome = new Promise<Outcome>((resolve) => {
    settle = (outcome) => {
      clearTimeout(timeoutTimer)
      clearTimeout(graceTimer)
      resolve(outcome)
    }
  })
  const finish = async () => {
    try {
      const done = await execute(signal)
      // A result that comes within the grace still counts, unless nobody wants it any more.
      const isUnwanted = stopped === 'fenced' || stopped === 'cancelled'
      settle(isUnwanted && !isWritten(done) ? outcomeOfStop(stopped ?? 'fenced', timeoutMs) : done)
    } catch (thrown) {
      settle(stopped === undefined ? outcomeOfError(thrown) : outcomeOfStop(stopped, timeoutMs))
    }
  }
  void finish()
  return { outcome, stop }
}

/** Committed already: no stop can undo it. */
function isWritten(outcome: Outcome): boolean {
  return outcome.type === 'done' && outcome.isWritten === true
}

function outcomeOfStop(reason: StopReason, timeoutMs: number | null): Outcome {
  if (reason === 'timeout') return { type: 'failed', error: timedOut(timeoutMs), permanent: false }
  if (reason === 'cancelled') return { type: 'cancelled', reason: 'cancelled while it ran' }
  return { type: 'interrupted' }
}

function abortReason(reason: StopReason, timeoutMs: number | null): Error {
  return stopError(reason === 'timeout' ? timedOut(timeoutMs) : `stopped: ${reason}`, GRACE_MS[reason])
}

function timedOut(timeoutMs: number | null): string {
  return `timed out after ${(timeoutMs ?? 0) / 1000} s`
}
