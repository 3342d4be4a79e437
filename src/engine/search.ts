// The search for work: which lanes there are, a claim from them, and what follows where the answer to one was lost.
import type { HintedLane } from '../db/hinted-lanes.ts'
import type { Look } from '../db/look.ts'
import type { Lane, LaneName, LanePosition, LaneStart } from '../task/lane.ts'
import type { Claim } from '../task/task.ts'
import { Clearing, type ClearingParts } from './clearing.ts'
import { monotonicMs } from './clock.ts'
import type { Hint } from './hints.ts'
import { Lanes } from './lanes.ts'
import { Looks } from './looks.ts'
import { StrayLooks, type StrayLooksParts } from './stray-looks.ts'

export interface SearchParts extends ClearingParts, StrayLooksParts {
  /** How many more of this kind may be held; Infinity where the kind has no limit. */
  kindRoom(kind: string): number
  claim(
    limit: number,
    lanes: readonly LaneStart[],
  ): Promise<{ claims: readonly Claim[]; positions: ReadonlyMap<string, LanePosition> }>
  /** Asked instead of a look where the last one found nothing: it is cheaper. */
  isAnyPending(): Promise<boolean>
  /** Those of the `known` lanes that are of these queues, and those that hold a task there beside them. */
  lookAtQueues(queues: readonly string[], known: readonly LaneName[]): Promise<readonly HintedLane[]>
  /** The lanes there are; and whether a suspect is due, where `forSuspects` asks for it. */
  look(forSuspects: boolean): Promise<Look>
}

/** So many at once came faster than notifications: more is on its way, and the next claim finds it. */
export const MANY = 2
/** A lane that appears while claims are full waits no longer than this for its first turn; a look is cheap beside them. */
const REFRESH_MS = 500
/** The same while they are not: there is time to look more often. */
const REFRESH_SOON_MS = 50

export class Search {
  readonly #parts: SearchParts
  readonly #lanes = new Lanes()
  readonly #fetchLimit: number
  /** Halved by each claim that fails: what is too large to arrive in time must not be asked for again and again. */
  #limit: number
  /** The last look found no pending task, whoever serves it. */
  #wasEmpty = false
  /** The last claim was to be followed by a look that was not due yet. */
  #isLookOwed = false
  /** What the last claim gave: as many as it asked for (there is more), many (it has caught up), or next to nothing. */
  #flow: 'full' | 'some' | 'none' = 'none'
  readonly looks = new Looks(() => this.#look())
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
    this.strayLooks = new StrayLooks(parts)
  }

  /** The most that one claim asks for now. */
  get limit(): number {
    return this.#limit
  }

  /**
   * Until the next task that was not due when the lanes were read, or until they may be read where the last claim had to
   * do without; Infinity when neither is known.
   */
  get nextLookInMs(): number {
    if (!this.#isLookOwed) return this.#lanes.nextDueInMs()
    const nowMs = monotonicMs()
    const restMs = Math.max(this.#lanes.pace.restMs(nowMs), this.looks.isOnItsWay ? REFRESH_SOON_MS : 0)
    return Math.min(this.#lanes.nextDueInMs(nowMs), restMs)
  }

  /** The short way from a hint to a start: one claim, before anything is looked up. Returns how many there were. */
  async followHint(wanted: number): Promise<number> {
    // What the last look found does not hold any more.
    this.#wasEmpty = false
    const claimed = await this.#claim(wanted, this.#lanes.planRemembered(monotonicMs(), this.#parts.kindRoom))
    // Hints may come one after the other for ever: other lanes are looked for all the same.
    if (claimed > 0) this.#lookAside(REFRESH_SOON_MS)
    return claimed
  }

  /**
   * Claims up to `wanted` and returns how many there were. A look that takes long must not follow each task of a process
   * that is idle in between, nor each hint at what others serve or have taken: unless the hint is at work that may be
   * anywhere, it is left out until it is due again, and only lanes are looked for that are new in the queues of the hint.
   */
  async claim(wanted: number, hint: Hint | undefined): Promise<number> {
    await this.#lookIfOld()
    if (this.clearing.isOn) return 0
    const mayLook = this.#lanes.pace.restMs(monotonicMs()) === 0 && !this.looks.isOnItsWay
    this.#isLookOwed = !hint?.isAnywhere && !this.#lanes.pace.wasCheap && !mayLook
    const first = await this.#claim(wanted, this.#plan())
    if (first === wanted || this.clearing.isOn) return first
    if (first >= MANY) {
      this.#lookAside(REFRESH_SOON_MS)
      return first
    }
    if (this.#isLookOwed) return first + (await this.#claimFromNew(wanted - first, hint?.queues ?? []))
    // Nothing, or almost: see which lanes there are now, and where they begin.
    if (!(await this.looks.unlessHinted())) return first
    if (this.clearing.isOn || !this.#lanes.isAnyDue) return first
    return first + (await this.#claim(wanted - first, this.#plan()))
  }

  /** Instead of a look at all lanes: new ones in these queues, and until when nothing is due in the others. */
  async #claimFromNew(wanted: number, queues: readonly string[]): Promise<number> {
    if (queues.length === 0) return 0
    const found = await this.#parts.lookAtQueues(queues, this.#lanes.known)
    this.#lanes.hinted(found, monotonicMs())
    if (!found.some(({ isNew }) => isNew)) return 0
    return this.#claim(wanted, this.#lanes.planRemembered(monotonicMs(), this.#parts.kindRoom))
  }

  #plan(): LaneStart[] {
    const nowMs = monotonicMs()
    // A look finds no lane where claims have just taken all there was, and more is on its way to the same lanes.
    const isBehind = this.#flow === 'full'
    return this.#flow === 'some' || this.#isLookOwed
      ? this.#lanes.planRemembered(nowMs, this.#parts.kindRoom, isBehind)
      : this.#lanes.plan(nowMs, this.#parts.kindRoom, isBehind)
  }

  async #claim(limit: number, lanes: readonly LaneStart[]): Promise<number> {
    if (lanes.length === 0) return 0
    const cameTo = this.#lanes.claiming()
    const { claims, positions } = await this.#claimed(() => this.#parts.claim(limit, lanes))
    cameTo(positions)
    this.#flow = claims.length === limit ? 'full' : claims.length >= MANY ? 'some' : 'none'
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

  /** A suspect must be seen before anything is claimed beside it, where nothing is held. */
  async #lookIfOld(): Promise<void> {
    if (this.looks.hasFailed) await this.looks.now()
    if (!this.#lanes.isKnown || !this.#lanes.pace.isOlderThan(REFRESH_MS, monotonicMs())) return
    const isWorthWaiting = this.#parts.holdsNothing() && this.#lanes.pace.wasQuick && !this.looks.isOnItsWay
    if (isWorthWaiting) await this.looks.now()
    else this.#lookAside(REFRESH_MS)
  }

  /** Looks while claims go on, if the last look is older than `ms`. */
  #lookAside(ms: number): void {
    if (!this.looks.isOnItsWay && this.#lanes.pace.isOlderThan(ms, monotonicMs())) void this.looks.aside()
  }

  async #look(): Promise<void> {
    const asked = this.#lanes.ask(monotonicMs())
    const { lanes, isSuspectDue } = await this.#found()
    this.#lanes.refresh(lanes, asked, monotonicMs())
    if (isSuspectDue) this.clearing.begin()
  }

  async #found(): Promise<{ lanes: readonly Lane[]; isSuspectDue: boolean }> {
    if (this.#wasEmpty && !(await this.#parts.isAnyPending())) return { lanes: [], isSuspectDue: false }
    const found = await this.#parts.look(this.clearing.mayBegin)
    this.#wasEmpty = !found.isAnyPending
    return found
  }
}
