// When to look for strays: claims that were committed although their answer was lost.
import { monotonicMs } from './clock.ts'

/** Counted from the last such claim: it may still be committed until the server has noticed that nobody waits for it. */
const LOOKS_MS = [0, 2_000, 10_000, 45_000]
/** And then so often, while the server still has an old claim under way: its backend may stand still for hours. */
const STUCK_LOOK_MS = 60_000

export interface StrayLooksParts {
  /**
   * Gives back what the table says is ours and we do not know of, of what a claim can have brought whose answer was lost
   * `lostAgoMs` ago or before. No claim is on its way while it runs. `isLast`: after it nothing can turn up any more.
   */
  releaseStrays(lostAgoMs: number, isLast: boolean): Promise<void>
  /** Whether such a claim may still be committed. */
  isClaimUnderWay(lostAgoMs: number): Promise<boolean>
}

export class StrayLooks {
  readonly #parts: StrayLooksParts
  /** By the monotonic clock, soonest first. */
  #dueMs: number[] = []
  #lostMs = 0

  constructor(parts: StrayLooksParts) {
    this.#parts = parts
  }

  /** The answer to a claim was lost just now. */
  answerLost(): void {
    this.#lostMs = monotonicMs()
    this.#dueMs = LOOKS_MS.map((ms) => this.#lostMs + ms)
  }

  /** Milliseconds; Infinity when none is to come. */
  get untilNextMs(): number {
    const [next] = this.#dueMs
    return next === undefined ? Number.POSITIVE_INFINITY : Math.max(0, next - monotonicMs())
  }

  /** Looks if it is time. A look that fails is due again at once. */
  async lookIfDue(): Promise<void> {
    if (this.untilNextMs > 0) return
    const lostAgoMs = monotonicMs() - this.#lostMs
    const isFinal = this.#dueMs.length === 1
    // Asked before the look: what is committed in between is seen by it.
    const isStuck = isFinal && (await this.#parts.isClaimUnderWay(lostAgoMs))
    await this.#parts.releaseStrays(lostAgoMs, isFinal && !isStuck)
    this.#dueMs.shift()
    if (isStuck) this.#dueMs.push(monotonicMs() + STUCK_LOOK_MS)
  }
}
