// How long things took lately: a histogram of the last quarter of an hour, half of it or more.
import { count, type Histogram, merge } from '../task/histogram.ts'
import { STEP_SECONDS, STEPS } from '../task/steps.ts'

/** Half the time that the rates look back too. */
const HALF_MS = (STEPS * STEP_SECONDS * 1000) / 2

export class RecentTimes {
  #before: Histogram = {}
  #now: Histogram = {}
  #sinceMs = 0

  /** One more. `nowMs` is monotonic and never goes back. */
  add(durationMs: number, nowMs: number): void {
    this.#turnTo(nowMs)
    count(this.#now, durationMs)
  }

  histogram(nowMs: number): Histogram {
    this.#turnTo(nowMs)
    return merge([this.#before, this.#now])
  }

  #turnTo(nowMs: number): void {
    const ageMs = nowMs - this.#sinceMs
    if (ageMs < HALF_MS) return
    this.#before = ageMs < 2 * HALF_MS ? this.#now : {}
    this.#now = {}
    this.#sinceMs = nowMs
  }
}
