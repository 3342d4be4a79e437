// Custody of claims: from the answer of the database, through a worker, to a settlement that is written or lost.

import type { Claimed } from '../db/claim.ts'
import type { Backoff } from '../task/backoff.ts'
import type { LaneStart } from '../task/lane.ts'
import type { Outcome } from '../task/outcome.ts'
import type { Settling } from '../task/settlement.ts'
import { decide, type Settlement } from '../task/settlement.ts'
import type { Status } from '../task/status.ts'
import type { Claim, TaskId } from '../task/task.ts'
import type { BatchWriterParts } from './batch-writer.ts'
import { Channel } from './channel.ts'
import { monotonicMs } from './clock.ts'
import { Completer } from './completer.ts'
import { databaseSeconds, type Holding, Holdings } from './holdings.ts'
import { Intake, type IntakeParts } from './intake.ts'
import type { StopReason } from './run.ts'
import { Tally } from './tally.ts'

/**
 * What has run and is not written yet takes no room, so that the next claim does not wait for a commit; but no more than
 * this many times the room, so that a database that cannot take outcomes is asked for no more work.
 */
const UNWRITTEN_ROOMS = 2

export interface CustodyParts extends IntakeParts {
  claim(limit: number, lanes: readonly LaneStart[]): Promise<Claimed>
  claimSuspect(): Promise<Claim | null>
  settle: BatchWriterParts['settle']
  backoffOf(kind: string): Backoff
  /** A run is over; its outcome is not written yet. */
  onFinished(): void
  /** A claim has left the process. */
  onSettled(claim: Claim, settlement: Settlement): void
}

export class Custody {
  readonly channel = new Channel<Holding>()
  readonly holdings = new Holdings()
  readonly tally = new Tally()
  readonly completer: Completer
  readonly #parts: CustodyParts
  readonly #intake: Intake
  /** Runs that ended without an outcome of their own, because this process stopped. */
  interrupted = 0

  constructor(parts: CustodyParts) {
    this.#parts = parts
    const settled = (one: Settling, status: Status | null) => this.#settled(one, status)
    const settle: BatchWriterParts['settle'] = (batch, resent) => this.#settle(batch, resent)
    this.completer = new Completer({ settle, settled, emit: parts.emit })
    const { holdings, channel, tally } = this
    const release = (held: readonly Holding[]) => this.release(held)
    this.#intake = new Intake({ holdings, channel, tally, release }, parts)
  }

  /**
   * How many are held, or asked for, and have not run to their end. Of those that have, and are not written, all above
   * `unwrittenLimit` count too.
   */
  toRun(unwrittenLimit: number): number {
    return this.holdings.size - Math.min(this.completer.size, unwrittenLimit)
  }

  /** How many more tasks may be held, of `most` that have not run. */
  room(most: number): number {
    return most - this.toRun(UNWRITTEN_ROOMS * most)
  }

  /** Claims up to `limit` and sends what comes down the channel. */
  claim(limit: number, lanes: readonly LaneStart[]): Promise<Claimed> {
    return this.#intake.take(limit, () => this.#parts.claim(limit, lanes))
  }

  /** Claims one suspect; false where there is none. */
  async claimSuspect(): Promise<boolean> {
    const ask = async () => {
      const claim = await this.#parts.claimSuspect()
      return { claims: claim === null ? [] : [claim] }
    }
    const { claims } = await this.#intake.take(1, ask)
    return claims.length > 0
  }

  finish(holding: Holding, outcome: Outcome, tookMs: number | null): void {
    const { claim } = holding
    const nowMs = monotonicMs()
    if (outcome.type === 'interrupted') this.interrupted += 1
    else if (tookMs !== null) {
      this.tally.waited(claim.waitedMs + nowMs - tookMs - holding.receivedMs, nowMs)
      this.tally.ran(tookMs, nowMs)
    }
    // The handler has completed it, in a transaction of its own.
    if (outcome.type === 'done' && outcome.isWritten) {
      this.#settled({ claim, settlement: { verb: 'complete', result: outcome.result }, tookMs }, 'done')
      return
    }
    this.completer.add({
      claim,
      settlement: decide(claim, outcome, this.#parts.backoffOf(claim.kind), Math.random()),
      tookMs,
      endedAtS: databaseSeconds(holding, nowMs),
    })
    this.#parts.onFinished()
  }

  /** Gives back what no worker has begun. */
  release(held: readonly Holding[]): void {
    for (const { claim } of held) this.completer.add({ claim, settlement: { verb: 'release' }, tookMs: null })
  }

  /** This queue is paused; '' stands for every queue. What waits here and is of it goes back. */
  giveBack(queue: string): void {
    const waiting = this.channel.empty()
    const isPaused = ({ claim }: Holding) => queue === '' || claim.queue === queue
    this.release(waiting.filter(isPaused))
    this.channel.push(waiting.filter((holding) => !isPaused(holding)))
  }

  /** Tells everything that runs to stop; returns how many that were. */
  stopRunning(reason: StopReason): number {
    const running = this.holdings.running()
    for (const holding of running) holding.running?.run.stop(reason)
    return running.length
  }

  /** Somebody wants this task cancelled: it is stopped, or not begun. */
  cancel(id: TaskId): void {
    const holding = this.holdings.find(id)
    if (holding === undefined || holding.isCancelled) return
    holding.isCancelled = true
    this.#parts.emit('cancel.heard', { claim: holding.claim })
    holding.running?.run.stop('cancelled')
  }

  async #settle(batch: readonly Settling[], resent: boolean): Promise<ReadonlyMap<TaskId, Status>> {
    const sentMs = monotonicMs()
    const written = await this.#parts.settle(batch, resent)
    this.#parts.emit('settle.batch', { outcomes: batch.length, tookMs: monotonicMs() - sentMs })
    return written
  }

  #settled({ claim, settlement }: Settling, status: Status | null): void {
    this.holdings.drop(claim)
    if (status === null) this.tally.totals.lost += 1
    else this.tally.written(claim, settlement, status, monotonicMs())
    this.#parts.emit(status === null ? 'settle.lost' : 'settle.written', { claim, settlement })
    this.#parts.onSettled(claim, settlement)
  }
}
