// The completer: collects outcomes and writes them in batches. Alone, an outcome is written at once; while a batch is on
// its way, the next one fills up. What cannot be written is kept and tried again until it can.
import pLimit from 'p-limit'
import type { Emit } from '../task/events.ts'
import { LIMITS } from '../task/limits.ts'
import { errorText } from '../task/outcome.ts'
import type { Settlement } from '../task/settlement.ts'
import type { Claim, TaskId } from '../task/task.ts'
import { retryDelayMs } from './loop.ts'

/** More would wait for the same disk; fewer would leave it idle while this process reads the answer of the last. */
const BATCHES_IN_FLIGHT = 2

export interface Settling {
  readonly claim: Claim
  readonly settlement: Settlement
  readonly tookMs: number | null
}

export interface CompleterParts {
  /** Writes a batch and returns the ids that are written; `resent` after a try whose answer was lost. */
  settle(batch: readonly Settling[], resent: boolean): Promise<ReadonlySet<TaskId>>
  /** Called once for each: `isOurs` is false when the fence refused it. */
  settled(one: Settling, isOurs: boolean): void
  emit: Emit
}

export class Completer {
  readonly #parts: CompleterParts
  readonly #limit = pLimit(BATCHES_IN_FLIGHT)
  #collected: Settling[] = []
  #inFlight = 0
  #givenUp = false
  readonly #waits = new Set<() => void>()
  #whenEmpty: (() => void)[] = []

  constructor(parts: CompleterParts) {
    this.#parts = parts
  }

  add(settling: Settling): void {
    this.#collected.push(settling)
    const isFirst = this.#collected.length === 1 && this.#inFlight === 0
    // Others that finish in the same turn of the event loop go along.
    if (isFirst) setImmediate(() => this.#flush())
    else if (this.#collected.length >= LIMITS.batchRows) this.#flush()
  }

  /** Resolves when everything that was added is written or lost, or when it was given up. */
  flushed(): Promise<void> {
    this.#flush()
    if (this.#isEmpty()) return Promise.resolve()
    return new Promise((resolve) => this.#whenEmpty.push(resolve))
  }

  /** No further try; what is not written stays with the lease of this process. */
  giveUp(): void {
    this.#givenUp = true
    for (const end of this.#waits) end()
  }

  #isEmpty(): boolean {
    return this.#collected.length === 0 && this.#inFlight === 0
  }

  #flush(): void {
    while (this.#collected.length > 0 && this.#inFlight < BATCHES_IN_FLIGHT) {
      if (this.#inFlight > 0 && this.#collected.length < LIMITS.batchRows) return
      const batch = this.#collected.splice(0, LIMITS.batchRows)
      this.#inFlight += 1
      void this.#limit(() => this.#write(batch)).finally(() => this.#landed())
    }
  }

  #landed(): void {
    this.#inFlight -= 1
    this.#flush()
    if (this.#isEmpty()) for (const resolve of this.#whenEmpty.splice(0)) resolve()
  }

  async #write(batch: readonly Settling[]): Promise<void> {
    for (let failures = 0; !this.#givenUp; failures++) {
      try {
        const written = await this.#parts.settle(batch, failures > 0)
        if (failures > 0) this.#parts.emit('part.recovered', { part: 'completer' })
        for (const one of batch) this.#parts.settled(one, written.has(one.claim.id))
        return
      } catch (thrown) {
        if (isRefusedValue(thrown)) return this.#writeApart(batch, thrown)
        const retryMs = retryDelayMs(failures)
        this.#parts.emit('part.failed', { part: 'completer', error: errorText(thrown), retryMs })
        await this.#wait(retryMs)
      }
    }
  }

  /** One outcome holds something that the database refuses: halve until it stands alone, then say so in its error. */
  async #writeApart(batch: readonly Settling[], thrown: unknown): Promise<void> {
    const [only] = batch
    if (batch.length === 1 && only !== undefined) {
      if (only.settlement.verb === 'fail') return this.#parts.settled(only, false)
      const error = `the outcome cannot be stored: ${errorText(thrown)}`
      return this.#write([{ ...only, settlement: { verb: 'fail', error } }])
    }
    const middle = Math.ceil(batch.length / 2)
    await this.#write(batch.slice(0, middle))
    await this.#write(batch.slice(middle))
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#waits.delete(end)
        resolve()
      }
      const timer = setTimeout(end, delayMs)
      this.#waits.add(end)
    })
  }
}

/** SQLSTATE classes 22 (data exception) and 23 (integrity): trying again would give the same answer. */
function isRefusedValue(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && /^2[23]/.test(String(thrown.code))
}
