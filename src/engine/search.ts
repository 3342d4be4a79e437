// The search for work: which lanes there are, a claim from them, and what follows where the answer to one was lost.
import type { Look } from '../db/look.ts'
import type { Lane, LanePosition, LaneStart } from '../task/lane.ts'
import type { Claim } from '../task/task.ts'
import { Clearing, type ClearingParts } from './clearing.ts'
import { monotonicMs } from './clock.ts'
import { Lanes } from './lanes.ts'
import { StrayLooks } from './stray-looks.ts'

export interface SearchParts extends ClearingParts {
  /** How many more of this kind may be held; Infinity where the kind has no limit. */
  kindRoom(kind: string): number
  claim(
    limit: number,
    lanes: readonly LaneStart[],
  ): Promise<{ claims: readonly Claim[]; positions: ReadonlyMap<string, LanePosition> }>
  /** Asked instead of a look where the last one found nothing: it is cheaper. */
  isAnyPending(): Promise<boolean>
  /** The lanes there are; and whether a suspect is due, where `forSuspects` asks for it. */
  look(forSuspects: boolean): Promise<Look>
  /**
   * Gives back what the table says is ours and we do not know of. No claim is on its way while it runs. `isLast`: after
   * it nothing can turn up any more.
   */
  releaseStrays(isLast: boolean): Promise<void>
}

export class Search {
  readonly #parts: SearchParts
  readonly #lanes = new Lanes()
  readonly #fetchLimit: number
  /** Halved by each claim that fails: what is too large to arrive in time must not be asked for again and again. */
  #limit: number
  /** The last look found no pending task, whoever serves it. */
  #wasEmpty = false
  readonly clearing: Clearing
  readonly strayLooks: StrayLooks

  constructor(parts: SearchParts, fetchLimit: number) {
    this.#parts = parts
    this.#fetchLimit = fetchLimit
    this.#limit = fetchLimit
    this.clearing = new Clearing({
      holdsNothing: parts.holdsNothing,
      claimSuspect: () => this.#claimed(parts.claimSuspect),
    })
    this.strayLooks = new StrayLooks(parts.releaseStrays)
  }

  /** The most that one claim asks for now. */
  get limit(): number {
    return this.#limit
  }

  /** Until the next task that was not due when the lanes were read; Infinity when none is known. */
  get nextDueInMs(): number {
    return this.#lanes.nextDueInMs
  }

  /** The short way from a hint to a start: one claim, before anything is looked up. Returns how many there were. */
  followHint(wanted: number): Promise<number> {
    // What the last look found does not hold any more.
    this.#wasEmpty = false
    return this.#claim(wanted, this.#lanes.planRemembered(monotonicMs(), this.#parts.kindRoom))
  }

  /** Claims up to `wanted` and returns how many there were. */
  async claim(wanted: number): Promise<number> {
    if (this.#lanes.isStale(monotonicMs()) && this.#lanes.isKnown) await this.#look()
    if (this.clearing.isOn) return 0
    const first = this.#lanes.isKnown ? await this.#claim(wanted, this.#plan()) : 0
    if (first === wanted) return first
    // Less than there is room for: see which lanes there are now, and search them from the front.
    await this.#look()
    if (this.clearing.isOn || !this.#lanes.isAnyDue) return first
    this.#lanes.sweep()
    return first + (await this.#claim(wanted - first, this.#plan()))
  }

  #plan(): LaneStart[] {
    return this.#lanes.plan(monotonicMs(), this.#parts.kindRoom)
  }

  async #claim(limit: number, lanes: readonly LaneStart[]): Promise<number> {
    if (lanes.length === 0) return 0
    const { claims, positions } = await this.#claimed(() => this.#parts.claim(limit, lanes))
    this.#lanes.note(positions)
    return claims.length
  }

  /** Passes on what `ask` gives. If it fails, the claim may have been committed, now or in a moment, and its answer lost. */
  async #claimed<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await ask()
      this.#limit = Math.min(this.#fetchLimit, this.#limit * 2)
      return answer
    } catch (thrown) {
      this.#limit = Math.max(1, Math.floor(this.#limit / 2))
      this.strayLooks.answerLost()
      throw thrown
    }
  }

  async #look(): Promise<void> {
    const askedMs = monotonicMs()
    const { lanes, isSuspectDue } = await this.#found()
    const nowMs = monotonicMs()
    this.#lanes.refresh(lanes, nowMs, nowMs - askedMs)
    if (isSuspectDue) this.clearing.begin()
  }

  async #found(): Promise<{ lanes: readonly Lane[]; isSuspectDue: boolean }> {
    if (this.#wasEmpty && !(await this.#parts.isAnyPending())) return { lanes: [], isSuspectDue: false }
    const found = await this.#parts.look(this.clearing.mayBegin)
    this.#wasEmpty = !found.isAnyPending
    return found
  }
}
