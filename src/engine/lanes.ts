// In which order a claim visits the lanes, and from where in each: fair between equals, cheap in front of dead rows.
import { FROM_THE_FRONT, type Lane, type LanePosition, type LaneStart, laneKey } from '../task/lane.ts'

/** A lane that appears while others are busy waits no longer than this for its first turn. */
const REFRESH_EVERY_MS = 500
/** Reading the lanes takes no more than this share of the time, also where there are ten thousand of them. */
const REFRESH_SHARE = 0.1
/**
 * How often a claim looks from the front although it knows a position. Only that finds a task that was inserted long
 * ago by a transaction that committed late; never skip it.
 */
const SWEEP_EVERY_MS = 2_000

/** How many lanes are remembered for a hint: their work may be what it is about. */
const REMEMBERED_LANES = 64

export class Lanes {
  #lanes: readonly Lane[] = []
  /** Those that were there lately, the last one seen last. */
  readonly #remembered = new Map<string, Lane>()
  readonly #positions = new Map<string, LanePosition>()
  #turn = 0
  #refreshedMs = Number.NEGATIVE_INFINITY
  #refreshEveryMs = REFRESH_EVERY_MS
  #sweptMs = Number.NEGATIVE_INFINITY

  get isKnown(): boolean {
    return this.#lanes.length > 0
  }

  isStale(nowMs: number): boolean {
    return nowMs - this.#refreshedMs >= this.#refreshEveryMs
  }

  /** `lanes` with the larger priority first, as they were read just now; that took `tookMs`. */
  refresh(lanes: readonly Lane[], nowMs: number, tookMs: number): void {
    this.#refreshEveryMs = Math.max(REFRESH_EVERY_MS, tookMs / REFRESH_SHARE)
    this.#lanes = lanes
    this.#refreshedMs = nowMs
    for (const lane of lanes.slice(0, REMEMBERED_LANES)) {
      this.#remembered.delete(laneKey(lane))
      this.#remembered.set(laneKey(lane), lane)
    }
    for (const [key] of [...this.#remembered].slice(0, -REMEMBERED_LANES)) this.#remembered.delete(key)
  }

  /** The next claim looks from the front of every lane. */
  sweep(): void {
    this.#sweptMs = Number.NEGATIVE_INFINITY
  }

  /**
   * The lanes for one claim. Among equal priorities each one comes first in turn. A position lets the scan start
   * behind what was claimed before: with an old snapshot open, dead index entries pile up in front of it.
   * `kindRoom` says how many more of a kind may be held (Infinity: no limit); a kind without room is left out,
   * and so is a lane of which nothing is due.
   */
  plan(nowMs: number, kindRoom: (kind: string) => number): LaneStart[] {
    const due = this.#lanes.filter(({ dueInMs }) => dueInMs <= nowMs - this.#refreshedMs)
    return this.#inTurn(due, nowMs, kindRoom)
  }

  /**
   * The lanes that were there lately, empty or not: where somebody says that there is work, it is most likely in one of
   * them, and a claim that tries them saves the look at which lanes there are.
   */
  planRemembered(nowMs: number, kindRoom: (kind: string) => number): LaneStart[] {
    const lanes = [...this.#remembered.values()].sort((a, b) => b.priority - a.priority)
    return this.#inTurn(lanes, nowMs, kindRoom)
  }

  #inTurn(lanes: readonly Lane[], nowMs: number, kindRoom: (kind: string) => number): LaneStart[] {
    if (nowMs - this.#sweptMs >= SWEEP_EVERY_MS) {
      this.#positions.clear()
      this.#sweptMs = nowMs
    }
    const turn = this.#turn++
    return groupsOfEqualPriority(lanes)
      .flatMap((group) => rotate(group, turn % group.length))
      .filter(onePerLimitedKind(kindRoom))
      .map(({ queue, kind, priority }) => ({
        queue,
        kind,
        priority,
        limit: kindRoom(kind),
        ...this.#position({ queue, kind, priority }),
      }))
  }

  note(positions: ReadonlyMap<string, LanePosition>): void {
    for (const [key, position] of positions) this.#positions.set(key, position)
  }

  /** Whether a task was due when the lanes were read. */
  get isAnyDue(): boolean {
    return this.#lanes.some(({ dueInMs }) => dueInMs <= 0)
  }

  /** Until the next task that was not due then; Infinity when none is known. */
  get nextDueInMs(): number {
    const later = this.#lanes.map(({ dueInMs }) => dueInMs).filter((dueInMs) => dueInMs > 0)
    return later.reduce((soonest, dueInMs) => Math.min(soonest, dueInMs), Number.POSITIVE_INFINITY)
  }

  #position(lane: { queue: string; kind: string; priority: number }): LanePosition {
    return this.#positions.get(laneKey(lane)) ?? FROM_THE_FRONT
  }
}

/** Two lanes of a limited kind would share its room: the first one has it, the other is visited by the next claim. */
function onePerLimitedKind(kindRoom: (kind: string) => number): (lane: Lane) => boolean {
  const taken = new Set<string>()
  return ({ kind }) => {
    const room = kindRoom(kind)
    if (room === Number.POSITIVE_INFINITY) return true
    if (room <= 0 || taken.has(kind)) return false
    taken.add(kind)
    return true
  }
}

function groupsOfEqualPriority(lanes: readonly Lane[]): Lane[][] {
  const groups: Lane[][] = []
  for (const lane of lanes) {
    const last = groups.at(-1)
    if (last?.[0]?.priority === lane.priority) last.push(lane)
    else groups.push([lane])
  }
  return groups
}

function rotate<Item>(items: readonly Item[], by: number): Item[] {
  return [...items.slice(by), ...items.slice(0, by)]
}
