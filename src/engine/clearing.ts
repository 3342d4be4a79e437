// Clearing: making room in this process to run a suspect alone. If the process dies then, it is known for which task.
import { monotonicMs } from './clock.ts'

/** A suspect that another process has just taken is not looked for again before this. */
const NO_SUSPECT_MS = 1_000
/** Making room for a suspect must not idle the workers for long: one task may hang, and the others have to go on. */
const CLEARING_LIMIT_MS = 10_000
const CLEARING_PAUSE_MS = 60_000

export interface ClearingParts {
  /** Claims one suspect; false where there is none. */
  claimSuspect(): Promise<boolean>
  holdsNothing(): boolean
}

export class Clearing {
  readonly #parts: ClearingParts
  #state: 'off' | 'clearing' | 'running' = 'off'
  #sinceMs = 0
  #notBeforeMs = 0

  constructor(parts: ClearingParts) {
    this.#parts = parts
  }

  /** Nothing else is claimed while it is on. */
  get isOn(): boolean {
    return this.#state !== 'off'
  }

  /** False for a while after it ended: whether a suspect is due need not be asked. */
  get mayBegin(): boolean {
    return monotonicMs() >= this.#notBeforeMs
  }

  /**
   * A suspect is due, and this process should make room to run it alone. A look that began before it was claimed may say so
   * while it runs: that makes no room for others.
   */
  begin(): void {
    if (this.isOn) return
    this.#state = 'clearing'
    this.#sinceMs = monotonicMs()
  }

  /** One step while it is on: one suspect at a time, and nothing beside it. Milliseconds until the next one. */
  async step(): Promise<number> {
    if (!this.#parts.holdsNothing()) {
      if (this.#state === 'running') return Number.POSITIVE_INFINITY
      const leftMs = this.#sinceMs + CLEARING_LIMIT_MS - monotonicMs()
      return leftMs > 0 ? leftMs : this.#end(CLEARING_PAUSE_MS)
    }
    if (this.#state === 'running') return this.#end(0)
    const isClaimed = await this.#parts.claimSuspect()
    if (!isClaimed) return this.#end(NO_SUSPECT_MS)
    this.#state = 'running'
    return Number.POSITIVE_INFINITY
  }

  #end(pauseMs: number): number {
    this.#state = 'off'
    this.#notBeforeMs = monotonicMs() + pauseMs
    return 0
  }
}
