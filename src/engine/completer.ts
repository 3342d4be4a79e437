// The completer: collects outcomes and writes them in batches. Alone, an outcome is written at once; while a batch is on
// its way, the next one fills up. What cannot be written is kept and tried again until it can.
import pLimit from 'p-limit'
import type { Emit } from '../task/events.ts'
import { LIMITS } from '../task/limits.ts'
import { errorText } from '../task/outcome.ts'
import type { Settlement } from '../task/settlement.ts'
import type { Status } from '../task/status.ts'
import type { Claim, TaskId } from '../task/task.ts'
import { retryDelayMs } from './loop.ts'

/** More would wait for the same disk; fewer would leave it idle while this process reads the answer of the last. */
const BATCHES_IN_FLIGHT = 2
/** An outcome waits no longer than this for a batch that is on its way to land. */
const LATE_MS = 100
/** A batch that failed this often for what may be one of its rows is split: a bad row stands alone in the end. */
const TRIES_TOGETHER = 3

export interface Settling {
  readonly claim: Claim
  readonly settlement: Settlement
  readonly tookMs: number | null
}

export interface CompleterParts {
  /** Writes a batch and returns what is written, and as what; `resent` after a try whose answer was lost. */
  settle(batch: readonly Settling[], resent: boolean): Promise<ReadonlyMap<TaskId, Status>>
  /** Called once for each, with the status that the task has now; null when the fence refused it. */
  settled(one: Settling, status: Status | null): void
  emit: Emit
}

export class Completer {
  readonly #parts: CompleterParts
  readonly #limit = pLimit(BATCHES_IN_FLIGHT)
  #collected: Settling[] = []
  #inFlight = 0
  #size = 0
  #givenUp = false
  #lateTimer: NodeJS.Timeout | undefined
  readonly #waits = new Set<() => void>()
  #whenEmpty: (() => void)[] = []

  constructor(parts: CompleterParts) {
    this.#parts = parts
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
    } else if (this.#collected.length >= LIMITS.batchRows) this.#flush(LIMITS.batchRows)
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
    this.#givenUp = true
    clearTimeout(this.#lateTimer)
    for (const end of this.#waits) end()
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
      void this.#write(batch).finally(() => this.#landed())
    }
  }

  #landed(): void {
    this.#inFlight -= 1
    this.#flush(this.#inFlight === 0 ? 1 : LIMITS.batchRows)
    if (this.#isEmpty()) for (const resolve of this.#whenEmpty.splice(0)) resolve()
  }

  async #write(batch: readonly Settling[], resent = false): Promise<void> {
    for (let failures = 0; !this.#givenUp; failures++) {
      const written = await this.#try(batch, resent || failures > 0, failures)
      if (written === 'apart') return this.#writeApart(batch)
      if (written === 'replaced') return
      if (written === null) continue
      if (failures > 0) this.#parts.emit('part.recovered', { part: 'completer' })
      for (const one of batch) this.#settled(one, written.get(one.claim.id) ?? null)
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
    if (verb === 'release') this.#settled(only, null)
    else
      await this.#write([
        { ...only, settlement: verb === 'fail' ? { verb: 'release' } : { verb: 'fail', error } },
      ])
    return 'replaced'
  }

  #settled(one: Settling, status: Status | null): void {
    this.#size -= 1
    this.#parts.settled(one, status)
  }

  async #writeApart(batch: readonly Settling[]): Promise<void> {
    const middle = Math.ceil(batch.length / 2)
    // One after the other would let the first hold up the second.
    await Promise.all([this.#write(batch.slice(0, middle), true), this.#write(batch.slice(middle), true)])
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

/** How many of the first ones go together: bounded in rows and bytes, and each task once. */
function batchLength(collected: readonly Settling[]): number {
  const ids = new Set<TaskId>()
  let bytes = 0
  for (const { claim, settlement } of collected) {
    bytes += bytesOf(settlement)
    const isFull = ids.size === LIMITS.batchRows || (ids.size > 0 && bytes > LIMITS.batchBytes)
    if (isFull || ids.has(claim.id)) break
    ids.add(claim.id)
  }
  return ids.size
}

function bytesOf(settlement: Settlement): number {
  if (settlement.verb === 'complete') return settlement.result?.length ?? 0
  return 'error' in settlement ? settlement.error.length : 0
}

/** SQLSTATE classes 22 (data exception) and 23 (integrity): trying again would give the same answer. */
function isRefusedValue(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && /^2[23][0-9A-Z]{3}$/.test(String(thrown.code))
}

/**
 * Whether a part of the batch may fare better: a deadlock, a limit, a lock, an exception of a trigger, a damaged row, or
 * no answer in time. In an outage it would not, and a thousand single tries would only make it worse.
 */
function mayBeOneRow(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  const isSlow = thrown.message === 'Query read timeout'
  return isSlow || ('code' in thrown && /^(?:40|54|55|P0|XX)...$|^57014$/.test(String(thrown.code)))
}
