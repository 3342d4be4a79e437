// The drain: stops the parts in the order in which the work flows. Two signals: stop taking, and stop working.
import type { Emit } from '../task/events.ts'
import { monotonicMs } from './clock.ts'
import type { Custody } from './custody.ts'
import type { EngineStatus } from './options.ts'
import { within } from './within.ts'

/** What is aborted is pending again within a second where the database answers; this is for one that is slow or away. */
const FLUSH_LIMIT_MS = 5_000

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

export class Drain {
  readonly #parts: DrainParts
  #deadlineMs: number | null = null
  #stopWorking: () => void = () => {}
  #finish: (report: { aborted: number; timedOut: boolean }) => void = () => {}
  readonly #stopped = new Promise<void>((resolve) => {
    this.#stopWorking = resolve
  })
  readonly finished = new Promise<{ aborted: number; timedOut: boolean }>((resolve) => {
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
    this.#stopWorking()
    this.begin()
  }

  async #run(): Promise<void> {
    const { custody, drainTimeoutMs, emit } = this.#parts
    this.#deadlineMs = monotonicMs() + drainTimeoutMs
    const waiting = custody.channel.close()
    emit('drain.started', { running: custody.holdings.running().length, waiting: waiting.length, timeoutMs: drainTimeoutMs })
    const interruptedBefore = custody.interrupted
    custody.release(waiting)
    this.#parts.markDraining().catch(() => {})
    const isDone = await this.#letFinish()
    const flushMs = Math.max(FLUSH_LIMIT_MS, this.leftMs ?? 0)
    await within(custody.completer.flushed(), flushMs)
    custody.completer.giveUp()
    await this.#leave()
    const aborted = custody.interrupted - interruptedBefore
    this.state = 'stopped'
    emit('drain.finished', { aborted, timedOut: !isDone })
    this.#finish({ aborted, timedOut: !isDone })
  }

  /** True when all work ended by itself; what had not when time was up has been stopped. */
  async #letFinish(): Promise<boolean> {
    const { custody, drainTimeoutMs, stopFetching } = this.#parts
    const ended = Promise.all([stopFetching(), ...this.workers]).then(() => true)
    const isDone = await within(Promise.race([ended, this.#stopped]), drainTimeoutMs)
    if (isDone) return true
    custody.stopRunning('shutdown')
    await within(ended, FLUSH_LIMIT_MS)
    return false
  }

  /** The heartbeat goes last. A process that could not settle all it held says no goodbye: then the others rescue it. */
  async #leave(): Promise<void> {
    const { custody, stopBeating, sayGoodbye } = this.#parts
    await within(stopBeating(), FLUSH_LIMIT_MS)
    if (custody.holdings.isEmpty) await within(sayGoodbye().catch(() => {}), FLUSH_LIMIT_MS)
  }
}
