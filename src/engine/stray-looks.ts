// When to look for strays: claims that were committed although their answer was lost.
import { monotonicMs } from './clock.ts'

/** Counted from the last such claim: it may still be committed until the server has noticed that nobody waits for it. */
const LOOKS_MS = [0, 2_000, 10_000, 45_000]

export class StrayLooks {
  readonly #release: (isLast: boolean) => Promise<void>
  /** By the monotonic clock, soonest first. */
  #dueMs: number[] = []

  /**
   * `release` gives back what the table says is ours and we do not know of; no claim is on its way while it runs.
   * `isLast`: after it nothing can turn up any more.
   */
  constructor(release: (isLast: boolean) => Promise<void>) {
    this.#release = release
  }

  /** The answer to a claim was lost just now. */
  answerLost(): void {
    const nowMs = monotonicMs()
    this.#dueMs = LOOKS_MS.map((ms) => nowMs + ms)
  }

  /** Milliseconds; Infinity when none is to come. */
  get untilNextMs(): number {
    const [next] = this.#dueMs
    return next === undefined ? Number.POSITIVE_INFINITY : Math.max(0, next - monotonicMs())
  }

  /** Looks if it is time. A look that fails is due again at once. */
  async lookIfDue(): Promise<void> {
    if (this.untilNextMs > 0) return
    await this.#release(this.#dueMs.length === 1)
    this.#dueMs.shift()
  }
}
