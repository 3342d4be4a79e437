// The one shape of everything that lives in the engine: a tick that returns when it wants the next one.

import type { Emit } from '../task/events.ts'
import { errorText } from '../task/outcome.ts'

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000
/** setTimeout takes no more than this; a longer delay is as good as none. */
export const MAX_TIMER_MS = 2 ** 31 - 1

export interface LoopOptions {
  /** The part's name in events. */
  name: string
  /** Does one round and returns the milliseconds until the next; Infinity waits for `wake`. What it throws is retried. */
  tick: () => Promise<number>
  emit: Emit
  /** The longest wait after a failure. */
  maxRetryMs?: number
}

/** Runs ticks one after the other, never two at once. `start` and `stop` are safe twice. */
export class Loop {
  readonly #options: LoopOptions
  #stopping = false
  #woken = false
  #failures = 0
  #endSleep: (() => void) | undefined
  /** A wake does not end this one: an outage must not become a busy loop. */
  #endPause: (() => void) | undefined
  #running: Promise<void> | undefined

  constructor(options: LoopOptions) {
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Ends the sleep; a wake during a tick is not lost, the next tick follows at once. */
  wake(): void {
    this.#woken = true
    this.#endSleep?.()
  }

  /** No tick begins any more; resolves when the one that runs has ended. */
  stop(): Promise<void> {
    this.#stopping = true
    this.#endSleep?.()
    this.#endPause?.()
    return this.#running ?? Promise.resolve()
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#woken = false
      const delayMs = await this.#tick()
      if (!this.#stopping && !this.#woken && delayMs > 0) await this.#sleep(delayMs)
    }
  }

  async #tick(): Promise<number> {
    const { name, tick, emit, maxRetryMs = LAST_RETRY_MS } = this.#options
    try {
      const delayMs = await tick()
      if (this.#failures > 0) emit('part.recovered', { part: name })
      this.#failures = 0
      return delayMs
    } catch (thrown) {
      const retryMs = Math.min(maxRetryMs, retryDelayMs(this.#failures++))
      if (!this.#stopping) emit('part.failed', { part: name, error: errorText(thrown), retryMs })
      await this.#timer(retryMs, (end) => {
        this.#endPause = end
      })
      return 0
    }
  }

  #sleep(delayMs: number): Promise<void> {
    return this.#timer(delayMs, (end) => {
      this.#endSleep = end
    })
  }

  /** Resolves after `delayMs`, or when somebody calls what `keep` is given; `keep` gets undefined when it is over. */
  #timer(delayMs: number, keep: (end: (() => void) | undefined) => void): Promise<void> {
    if (this.#stopping) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        keep(undefined)
        resolve()
      }
      const timer = setTimeout(end, Math.min(delayMs, MAX_TIMER_MS))
      keep(end)
    })
  }
}

/** Doubling from 100 ms to 5 s, half of it random: a fleet does not come back in one instant. */
export function retryDelayMs(failures: number, random = Math.random()): number {
  const delay = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures)
  return Math.round(delay * (0.5 + 0.5 * random))
}
