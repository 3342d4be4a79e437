// The drain: stops the parts in the order in which the work flows. Two signals: stop taking, and stop working.
import type { Emit } from '../task/events.ts'
import { monotonicMs } from './clock.ts'
import type { Custody } from './custody.ts'
import type { DrainReport, EngineStatus } from './options.ts'
import { within } from './within.ts'

/** What the last steps may take when work had to be stopped: they are done within a second where the database answers. */
const LAST_STEPS_MS = 2_000
/** Work is stopped so much of the drain timeout before its end, at most LAST_STEPS_MS: all of it is within the timeout. */
const LAST_STEPS_SHARE = 0.1
/** Also of a drain timeout so short that nothing can be settled in its tenth. */
const SHORTEST_LAST_STEPS_MS = 500
/** A short timeout needs more: what runs has 250 ms to hear its signal. */
const SHORT_STEPS_MS = 500

export interface DrainParts {
  custody: Custody
  drainTimeoutMs: number
  /** Resolves when no claim is on its way any more. */
  stopFetching(): Promise<unknown>
  markDraining(): Promise<void>
  stopBeating(): Promise<unknown>
  sayGoodbye(): Promise<void>
  emit: Emit
}

type DrainOutcome = Omit<DrainReport, 'totals'>

export class Drain {
  readonly #parts: DrainParts
  #deadlineMs: number | null = null
  #isAborted = false
  #stopWorking: () => void = () => {}
  #finish: (report: DrainOutcome) => void = () => {}
  readonly #stopped = new Promise<void>((resolve) => {
    this.#stopWorking = resolve
  })
  readonly finished = new Promise<DrainOutcome>((resolve) => {
    this.#finish = resolve
  })
  state: EngineStatus['state'] = 'running'
  /** Each resolves when its worker has handed on its last task. */
  workers: readonly Promise<void>[] = []

  constructor(parts: DrainParts) {
    this.#parts = parts
  }

  /** Until the drain timeout; null when not draining. */
  get leftMs(): number | null {
    return this.#deadlineMs === null ? null : Math.max(0, this.#deadlineMs - monotonicMs())
  }

  /** Stops taking. Safe twice. */
  begin(): void {
    if (this.state !== 'running') return
    this.state = 'draining'
    void this.#run()
  }

  /** Stops working. Safe twice. */
  abort(): void {
    this.#isAborted = true
    this.#stopWorking()
    this.begin()
  }

  async #run(): Promise<void> {
    const { custody, drainTimeoutMs, emit } = this.#parts
    const beganMs = monotonicMs()
    this.#deadlineMs = beganMs + drainTimeoutMs - lastStepsMs(drainTimeoutMs)
    const waiting = custody.channel.close()
    emit('drain.started', {
      running: custody.holdings.running().length,
      waiting: waiting.length,
      timeoutMs: drainTimeoutMs,
    })
    const interruptedBefore = custody.interrupted
    custody.release(waiting)
    this.#parts.markDraining().catch(() => {})
    const ended = Promise.all([this.#parts.stopFetching(), ...this.workers]).then(() => true)
    const isDone = (await within(Promise.race([ended, this.#stopped]), this.leftMs ?? 0)) === true
    const timedOut = !isDone && !this.#isAborted
    if (!isDone) custody.stopRunning('shutdown')
    // Finished work may use all the time there is to be settled; after an abort nobody wants to wait.
    const nowMs = monotonicMs()
    const endMs = this.#isAborted ? nowMs + LAST_STEPS_MS : beganMs + drainTimeoutMs
    await this.#lastSteps(ended, Math.max(endMs, nowMs + SHORTEST_LAST_STEPS_MS))
    const aborted = custody.interrupted - interruptedBefore
    this.state = 'stopped'
    const outcome = { aborted, timedOut, unsettled: custody.holdings.size }
    emit('drain.finished', outcome)
    this.#finish(outcome)
  }

  /**
   * Settles what is left, and leaves; the heartbeat goes last. A process that could not settle all it held says no
   * goodbye: then the others rescue it.
   */
  async #lastSteps(ended: Promise<unknown>, endMs: number): Promise<void> {
    const { custody, stopBeating, sayGoodbye } = this.#parts
    const inTime = <Value>(step: Promise<Value>) => within(step, Math.max(0, endMs - monotonicMs()))
    await inTime(ended)
    await inTime(custody.completer.flushed())
    custody.completer.giveUp()
    await inTime(stopBeating())
    if (custody.holdings.isEmpty) await inTime(sayGoodbye().catch(() => {}))
  }
}

function lastStepsMs(drainTimeoutMs: number): number {
  const leastMs = Math.min(SHORT_STEPS_MS, drainTimeoutMs / 2)
  return Math.min(LAST_STEPS_MS, Math.max(leastMs, drainTimeoutMs * LAST_STEPS_SHARE))
}
