// Custody of claims: from the answer of the database, through a worker, to a settlement that is written or lost.
import type { Claimed } from '../db/claim.ts'
import type { Backoff } from '../task/backoff.ts'
import type { Emit } from '../task/events.ts'
import type { LaneStart } from '../task/lane.ts'
import type { Outcome } from '../task/outcome.ts'
import { decide } from '../task/settlement.ts'
import type { Claim, TaskId } from '../task/task.ts'
import { Channel } from './channel.ts'
import { monotonicMs } from './clock.ts'
import { Completer, type CompleterParts, type Settling } from './completer.ts'
import { type Holding, Holdings } from './holdings.ts'
import type { StopReason } from './run.ts'
import { Tally } from './tally.ts'

export interface CustodyParts {
  claim(limit: number, lanes: readonly LaneStart[]): Promise<Claimed>
  claimSuspect(): Promise<Claim | null>
  settle: CompleterParts['settle']
  backoffOf(kind: string): Backoff
  /** By the clock of the database, not later than now. */
  since(): string
  /** A claim has left the process. */
  onSettled(): void
  emit: Emit
}

export class Custody {
  readonly channel = new Channel<Holding>()
  readonly holdings = new Holdings()
  readonly tally = new Tally()
  readonly completer: Completer
  readonly #parts: CustodyParts
  /** Runs that ended without an outcome of their own, because this process stopped. */
  interrupted = 0

  constructor(parts: CustodyParts) {
    this.#parts = parts
    const settled = (one: Settling, isOurs: boolean) => this.#settled(one, isOurs)
    this.completer = new Completer({ settle: parts.settle, settled, emit: parts.emit })
  }

  /** Claims up to `limit` and sends what comes down the channel. */
  async claim(limit: number, lanes: readonly LaneStart[]): Promise<Claimed> {
    const none: Claimed = { claims: [], positions: new Map() }
    return this.#take(limit, none, () => this.#parts.claim(limit, lanes))
  }

  /** Claims one suspect; false where there is none. */
  async claimSuspect(): Promise<boolean> {
    const ask = async () => {
      const claim = await this.#parts.claimSuspect()
      return { claims: claim === null ? [] : [claim] }
    }
    const { claims } = await this.#take(1, { claims: [] }, ask)
    return claims.length > 0
  }

  finish(holding: Holding, outcome: Outcome, tookMs: number): void {
    const { claim } = holding
    if (outcome.type === 'interrupted') this.interrupted += 1
    else {
      this.tally.waited(claim.waitedMs + monotonicMs() - tookMs - holding.receivedMs)
      this.tally.ran(tookMs)
    }
    this.completer.add({ claim, settlement: decide(claim, outcome, this.#parts.backoffOf(claim.kind), Math.random()), tookMs })
  }

  /** Gives back what no worker has begun. */
  release(held: readonly Holding[]): void {
    for (const { claim } of held) this.completer.add({ claim, settlement: { verb: 'release' }, tookMs: null })
  }

  /** Tells everything that runs to stop; returns how many that were. */
  stopRunning(reason: StopReason): number {
    const running = this.holdings.running()
    for (const holding of running) holding.running?.stop(reason)
    return running.length
  }

  /** Somebody wants this task cancelled: it is stopped, or not begun. */
  cancel(id: TaskId): void {
    const holding = this.holdings.find(id)
    if (holding === undefined || holding.isCancelled) return
    holding.isCancelled = true
    this.#parts.emit('cancel.heard', { claim: holding.claim })
    holding.running?.stop('cancelled')
  }

  async #take<Answer extends { claims: readonly Claim[] }>(limit: number, none: Answer, ask: () => Promise<Answer>): Promise<Answer> {
    const sentMs = monotonicMs()
    this.holdings.ask(limit, this.#parts.since())
    let answer = none
    try {
      answer = await ask()
      return answer
    } finally {
      const held = this.holdings.answer(limit, answer.claims, monotonicMs())
      this.tally.totals.claimed += held.length
      if (held.length > 0) this.#parts.emit('claim.taken', { claims: answer.claims, tookMs: monotonicMs() - sentMs })
      if (!this.channel.push(held)) this.release(held)
    }
  }

  #settled({ claim, settlement }: Settling, isOurs: boolean): void {
    this.holdings.drop(claim)
    if (isOurs) this.tally.written(settlement, monotonicMs())
    else this.tally.totals.lost += 1
    this.#parts.emit(isOurs ? 'settle.written' : 'settle.lost', { claim, settlement })
    this.#parts.onSettled()
  }
}
