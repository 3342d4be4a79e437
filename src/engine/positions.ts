// How far claims have come in each lane, and from where the next one looks. With an old snapshot open, dead index entries
// pile up in front of a lane; before the next vacuum some always do.
import {
  FROM_THE_FRONT,
  isAtOrBehind,
  type Lane,
  type LaneName,
  type LanePosition,
  laneKey,
} from '../task/lane.ts'

/**
 * A transaction that inserts may commit so much later than the one after it, and is still found by the next claim.
 * Where there is a backlog nobody needs that: claims have not come to where the newest are.
 */
const LATE_MS = 250

type Reached = ReadonlyMap<string, LanePosition>

export class Positions {
  readonly #reached = new Map<string, LanePosition>()
  /** Where they were at the last two times; the older one is between LATE_MS and twice that ago, where claims go on. */
  #then: [Reached, Reached] = [new Map(), new Map()]
  #thenMs = Number.NEGATIVE_INFINITY
  /** How often one was moved back. */
  #moves = 0

  /** Where claims are in each lane; what `lookedAt` is given with the answer of a look that is asked for now. */
  now(): Reached {
    return new Map(this.#reached)
  }

  /** Behind what was claimed last. */
  last(lane: LaneName): LanePosition {
    return this.#reached.get(laneKey(lane)) ?? FROM_THE_FRONT
  }

  /** To be told before each claim: else the moment of `lately` would be that of the last time. */
  passTime(nowMs: number): void {
    if (nowMs - this.#thenMs < LATE_MS) return
    this.#then = [this.#then[1], this.now()]
    this.#thenMs = nowMs
  }

  /** Behind what was claimed a moment ago: what was committed late since is found, and little of the dead is seen again. */
  lately(lane: LaneName): LanePosition {
    return this.#then[0].get(laneKey(lane)) ?? FROM_THE_FRONT
  }

  /** Begins a claim: what it returns takes the positions that the claim came to. */
  claiming(): (reached: Reached) => void {
    const moves = this.#moves
    return (reached) => {
      // A claim is always on its way while there is work: it must not undo what a look has moved meanwhile.
      if (moves !== this.#moves) return
      for (const [key, position] of reached) {
        const before = this.#reached.get(key)
        if (before === undefined || isAtOrBehind(position, before)) this.#reached.set(key, position)
      }
    }
  }

  /**
   * A look found these lanes, since claims were at `before`. A task in front of that was inserted by a transaction that
   * committed very late, or was given back: the next claim begins there. Only that finds it; never skip it.
   */
  lookedAt(lanes: readonly Lane[], before: Reached): void {
    for (const lane of lanes) {
      const key = laneKey(lane)
      const position = before.get(key)
      if (position !== undefined && isAtOrBehind(lane.front, position)) continue
      this.#moves += 1
      this.#reached.set(key, lane.front)
      this.#then = [moved(this.#then[0], key, lane.front), moved(this.#then[1], key, lane.front)]
    }
  }

  /** Forgets all but these. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#reached.keys()) if (!keys.has(key)) this.#reached.delete(key)
  }
}

function moved(reached: Reached, key: string, position: LanePosition): Reached {
  return new Map(reached).set(key, position)
}
