// One batch of outcomes until it is written: tried again, split where one row may be what fails, and replaced where the
// database will never take it.

import pLimit from 'p-limit'
import type { Emit } from '../task/events.ts'
import { errorText } from '../task/outcome.ts'
import type { Settling } from '../task/settlement.ts'
import type { Status } from '../task/status.ts'
import type { TaskId } from '../task/task.ts'
import { retryDelayMs } from './loop.ts'
import { isRefusedValue, mayBeOneRow } from './settle-failures.ts'

/** A batch that failed this often for what may be one of its rows is split: a bad row stands alone in the end. */
const TRIES_TOGETHER = 3

export interface BatchWriterParts {
  /** Writes a batch and returns what is written, and as what; `resent` after a try whose answer was lost. */
  settle(batch: readonly Settling[], resent: boolean): Promise<ReadonlyMap<TaskId, Status>>
  /** Called once for each, with the status that the task has now; null when the fence refused it. */
  settled(one: Settling, status: Status | null): void
  emit: Emit
}

export class BatchWriter {
  readonly #parts: BatchWriterParts
  readonly #limit: ReturnType<typeof pLimit>
  #givenUp = false
  readonly #waits = new Set<() => void>()

  /** However a batch is split, no more than `statementsInFlight` are on their way. */
  constructor(parts: BatchWriterParts, statementsInFlight: number) {
    this.#parts = parts
    this.#limit = pLimit(statementsInFlight)
  }

  /** No further try. */
  giveUp(): void {
    this.#givenUp = true
    for (const end of this.#waits) end()
  }

  /** Resolves when each of the batch is written or lost, or when it was given up. */
  async write(batch: readonly Settling[], resent = false): Promise<void> {
    for (let failures = 0; !this.#givenUp; failures++) {
      const written = await this.#try(batch, resent || failures > 0, failures)
      if (written === 'apart') return this.#writeApart(batch)
      if (written === 'replaced') return
      if (written === null) continue
      if (failures > 0) this.#parts.emit('part.recovered', { part: 'completer' })
      for (const one of batch) this.#parts.settled(one, written.get(one.claim.id) ?? null)
      return
    }
  }

  /**
   * What is written; null after a failure, when it is time to try again; `apart` when the batch must be split;
   * `replaced` when another settlement went in the place of a single one.
   */
  async #try(
    batch: readonly Settling[],
    resent: boolean,
    failures: number,
  ): Promise<ReadonlyMap<TaskId, Status> | null | 'apart' | 'replaced'> {
    try {
      return await this.#limit(() => (this.#givenUp ? null : this.#parts.settle(batch, resent)))
    } catch (thrown) {
      if (isRefusedValue(thrown)) return batch.length > 1 ? 'apart' : this.#replace(batch, thrown)
      const retryMs = retryDelayMs(failures)
      this.#parts.emit('part.failed', { part: 'completer', error: errorText(thrown), retryMs })
      await this.#wait(retryMs)
      // A row that somebody has locked, say, must not hold up its neighbours for ever.
      const isTried = batch.length > 1 && failures + 1 >= TRIES_TOGETHER
      return isTried && mayBeOneRow(thrown) ? 'apart' : null
    }
  }

  /** A single outcome that the database will never take: its error says so, or at the worst it is given back. */
  async #replace([only]: readonly Settling[], thrown: unknown): Promise<'replaced'> {
    if (only === undefined) return 'replaced'
    const error = `the outcome cannot be stored: ${errorText(thrown)}`
    const { verb } = only.settlement
    this.#parts.emit('part.failed', { part: 'completer', error, retryMs: 0 })
    if (verb === 'release') this.#parts.settled(only, null)
    else
      await this.write([
        { ...only, settlement: verb === 'fail' ? { verb: 'release' } : { verb: 'fail', error } },
      ])
    return 'replaced'
  }

  async #writeApart(batch: readonly Settling[]): Promise<void> {
    const middle = Math.ceil(batch.length / 2)
    // One after the other would let the first hold up the second.
    await Promise.all([this.write(batch.slice(0, middle), true), this.write(batch.slice(middle), true)])
  }

  #wait(delayMs: number): Promise<void> {
    if (this.#givenUp) return Promise.resolve()
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
