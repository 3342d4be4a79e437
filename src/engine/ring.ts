// Counts of something by second, over the last quarter of an hour.
import { STEP_SECONDS, STEPS } from '../task/steps.ts'

const SECONDS = STEPS * STEP_SECONDS

export class Ring {
  readonly #counts = new Uint32Array(SECONDS)
  /** The last second that was looked at. */
  #second = 0

  /** One more. `nowMs` is monotonic and never goes back. */
  add(nowMs: number): void {
    this.#turnTo(nowMs)
    const slot = this.#second % SECONDS
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1
  }

  /** How many in each step, the last one ending now, oldest first; the zeros in front are left out. */
  steps(nowMs: number): number[] {
    this.#turnTo(nowMs)
    const steps: number[] = []
    for (let step = STEPS; step > 0; step--) {
      const n = this.#sum(this.#second + 1 - step * STEP_SECONDS)
      if (n > 0 || steps.length > 0) steps.push(n)
    }
    return steps
  }

  #sum(firstSecond: number): number {
    let sum = 0
    for (let second = firstSecond; second < firstSecond + STEP_SECONDS; second++)
      sum += this.#counts[(second + SECONDS) % SECONDS] ?? 0
    return sum
  }

  #turnTo(nowMs: number): void {
    const second = Math.floor(nowMs / 1000)
    const passed = Math.min(second - this.#second, SECONDS)
    for (let step = 1; step <= passed; step++) this.#counts[(second - passed + step) % SECONDS] = 0
    this.#second = second
  }
}
