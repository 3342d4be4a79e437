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

/**
 * A run from its start on. A class without closures, for a process starts tens of thousands of them a second; most of them
 * never look at their signal, and do not pay for one.
 */
export class Run {
  /** Never rejects. */
  readonly outcome: Promise<Outcome>
  readonly #timeoutMs: number | null
  readonly #timeoutTimer: NodeJS.Timeout | undefined
  #settle: (outcome: Outcome) => void = () => {}
  #controller: AbortController | undefined
  /** The first reason: it decides the outcome. */
  #stopped: StopReason | undefined
  /** The reason whose grace runs. */
  #hurriedBy: StopReason | undefined
  #graceTimer: NodeJS.Timeout | undefined

  /** Starts `execute`; `timeoutMs` null: it may take as long as it likes. */
  constructor(execute: (run: Run) => Promise<Outcome>, timeoutMs: number | null) {
    this.#timeoutMs = timeoutMs
    this.#timeoutTimer =
      timeoutMs === null
        ? undefined
        : setTimeout(() => this.stop('timeout'), Math.min(timeoutMs, MAX_TIMER_MS))
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve
    })
    try {
      execute(this).then(
        (done) => this.#ended(done),
        (thrown) => this.#threw(thrown),
      )
    } catch (thrown) {
      this.#threw(thrown)
    }
  }

  /** Made when somebody asks. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#stopped !== undefined) this.#controller.abort(abortReason(this.#stopped, this.#timeoutMs))
    }
    return this.#controller.signal
  }

  /** Aborts the signal of the run and ends it after the grace of `reason`. The first reason decides the outcome. */
  stop(reason: StopReason): void {
    const first = this.#stopped ?? reason
    this.#stopped = first
    this.#controller?.abort(abortReason(first, this.#timeoutMs))
    // A further reason can only shorten the grace.
    if (this.#hurriedBy !== undefined && GRACE_MS[reason] >= GRACE_MS[this.#hurriedBy]) return
    this.#hurriedBy = reason
    clearTimeout(this.#graceTimer)
    this.#graceTimer = setTimeout(() => this.#end(outcomeOfStop(first, this.#timeoutMs)), GRACE_MS[reason])
  }

  #ended(done: Outcome): void {
    // A result that comes within the grace still counts, unless nobody wants it any more.
    const stopped = this.#stopped
    const isUnwanted = stopped === 'fenced' || stopped === 'cancelled'
    this.#end(isUnwanted && !isWritten(done) ? outcomeOfStop(stopped, this.#timeoutMs) : done)
  }

  #threw(thrown: unknown): void {
    const stopped = this.#stopped
    this.#end(stopped === undefined ? outcomeOfError(thrown) : outcomeOfStop(stopped, this.#timeoutMs))
  }

  #end(outcome: Outcome): void {
    if (this.#timeoutTimer !== undefined) clearTimeout(this.#timeoutTimer)
    if (this.#graceTimer !== undefined) clearTimeout(this.#graceTimer)
    this.#settle(outcome)
  }
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
