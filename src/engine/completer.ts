// The completer: collects outcomes and writes them in batches. Alone, an outcome is written at once; while a batch is on
// its way, the next one fills up. What cannot be written is kept and tried again until it can.
import { LIMITS } from '../task/limits.ts'
import type { Settling } from '../task/settlement.ts'
import type { Status } from '../task/status.ts'
import { batchLength } from './batch-length.ts'
import { BatchWriter, type BatchWriterParts } from './batch-writer.ts'

/** More would wait for the same disk; fewer would leave it idle while this process reads the answer of the last. */
const BATCHES_IN_FLIGHT = 2
/** An outcome waits no longer than this for a batch that is on its way to land. */
const LATE_MS = 100

export class Completer {
  readonly #parts: BatchWriterParts
  readonly #writer: BatchWriter
  #collected: Settling[] = []
  #inFlight = 0
  #size = 0
  #lateTimer: NodeJS.Timeout | undefined
  #whenEmpty: (() => void)[] = []

  constructor(parts: BatchWriterParts) {
    this.#parts = parts
    const settled = (one: Settling, status: Status | null) => this.#settled(one, status)
    this.#writer = new BatchWriter({ ...parts, settled }, BATCHES_IN_FLIGHT)
  }

  /** Outcomes that are not written yet. */
  get size(): number {
    return this.#size
  }

  add(settling: Settling): void {
    this.#size += 1
    this.#collected.push(settling)
    if (this.#inFlight === 0) {
      // Others that finish in the same turn of the event loop go along.
      if (this.#collected.length === 1) setImmediate(() => this.#flush(1))
    } else if (this.#collected.length >= LIMITS.settleRows) this.#flush(LIMITS.settleRows)
    // What finishes while a batch is stuck must not wait for it.
    else this.#lateTimer ??= setTimeout(() => this.#flush(1), LATE_MS)
  }

  /** Resolves when everything that was added is written or lost, or when it was given up. */
  flushed(): Promise<void> {
    this.#flush(1)
    if (this.#isEmpty()) return Promise.resolve()
    return new Promise((resolve) => this.#whenEmpty.push(resolve))
  }

  /** No further try; what is not written stays with the lease of this process. */
  giveUp(): void {
    clearTimeout(this.#lateTimer)
    this.#writer.giveUp()
  }

  #isEmpty(): boolean {
    return this.#collected.length === 0 && this.#inFlight === 0
  }

  /** Sends batches while there is a place for one, as long as `least` outcomes are there. */
  #flush(least: number): void {
    clearTimeout(this.#lateTimer)
    this.#lateTimer = undefined
    while (
      this.#collected.length >= least &&
      this.#collected.length > 0 &&
      this.#inFlight < BATCHES_IN_FLIGHT
    ) {
      const batch = this.#collected.splice(0, batchLength(this.#collected))
      this.#inFlight += 1
      void this.#writer.write(batch).finally(() => this.#landed())
    }
  }

  #landed(): void {
    this.#inFlight -= 1
    this.#flush(this.#inFlight === 0 ? 1 : LIMITS.settleRows)
    if (this.#isEmpty()) for (const resolve of this.#whenEmpty.splice(0)) resolve()
  }

  #settled(one: Settling, status: Status | null): void {
    this.#size -= 1
    this.#parts.settled(one, status)
  }
}
