// What a process says to those who enqueue: that it sleeps, so that they notify, and that it does not.
import { monotonicMs } from './clock.ts'

/** It asks for notifications for so many fetch intervals at once: an idle process should hardly say anything. */
const PROMISED_INTERVALS = 8

export interface SleepParts {
  /** Asks for notifications for the next `forMs`; the fetcher looks once more after it. */
  fallAsleep(forMs: number): Promise<void>
  wakeUp(): Promise<void>
}

export class Sleep {
  readonly #parts: SleepParts
  readonly #fetchIntervalMs: number
  /** Until then notifications are asked for. */
  #promisedUntilMs = 0
  /** Nothing was left to claim: each further look comes after a promise. */
  isOn = false

  constructor(parts: SleepParts, fetchIntervalMs: number) {
    this.#parts = parts
    this.#fetchIntervalMs = fetchIntervalMs
  }

  /** Says it again with the next promise, whatever was said: the process may have a new row by now. */
  forget(): void {
    this.#promisedUntilMs = 0
  }

  /** Renewed in time: at no moment of the sleep that follows is it over. Resolves with what it threw, if it did. */
  async promise(): Promise<{ thrown: unknown } | undefined> {
    const askedMs = monotonicMs()
    if (!this.isOn || this.#promisedUntilMs - askedMs > this.#fetchIntervalMs) return undefined
    const forMs = PROMISED_INTERVALS * this.#fetchIntervalMs
    const failure = await failureOf(this.#parts.fallAsleep(forMs))
    if (failure === undefined) this.#promisedUntilMs = askedMs + forMs
    return failure
  }

  /** Under load nobody sleeps, so nobody who enqueues has to notify. */
  async end(): Promise<void> {
    if (!this.isOn) return
    this.isOn = false
    this.#promisedUntilMs = 0
    await failureOf(this.#parts.wakeUp())
  }
}

/** What a promise rejected with, or undefined. */
function failureOf(promise: Promise<void>): Promise<{ thrown: unknown } | undefined> {
  return promise.then(
    () => undefined,
    (thrown: unknown) => ({ thrown }),
  )
}
