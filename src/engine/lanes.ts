// In which order a claim visits the lanes, and from where in each: fair between equals, cheap in front of dead rows.
import type { HintedLane } from '../db/hinted-lanes.ts'
import { type Lane, type LaneName, type LanePosition, type LaneStart, laneKey } from '../task/lane.ts'
import { LookPace } from './look-pace.ts'
import { Positions } from './positions.ts'

/** How many lanes are remembered for a hint: their work may be what it is about. */
const REMEMBERED_LANES = 64

/** When the lanes were asked for, and how far the claims had come in each. */
interface Asked {
  readonly atMs: number
  readonly reached: ReadonlyMap<string, LanePosition>
}

export class Lanes {
  /** How often they may be looked at. */
  readonly pace = new LookPace()
  #lanes: readonly Lane[] = []
  /** Those that were there lately, the last one seen last. */
  readonly #remembered = new Map<string, LaneName>()
  readonly #positions = new Positions()
  /** By lane: when the next task is due, where that was found after a hint. */
  readonly #laterMs = new Map<string, number>()
  #turn = 0

  get isKnown(): boolean {
    return this.#lanes.length > 0
  }

  /** Now they are asked for: what `refresh` is given with the answer. */
  ask(nowMs: number): Asked {
    return { atMs: nowMs, reached: this.#positions.now() }
  }

  /** `lanes` with the larger priority first, as they were read since `asked`. */
  refresh(lanes: readonly Lane[], asked: Asked, nowMs: number): void {
    this.pace.looked(asked.atMs, nowMs)
    this.#lanes = lanes
    this.#laterMs.clear()
    this.#positions.lookedAt(lanes, asked.reached)
    this.#remember(lanes)
    this.#positions.keep(new Set([...lanes.map(laneKey), ...this.#remembered.keys()]))
  }

  /** These were looked at, after a hint, since all of them were. */
  hinted(lanes: readonly HintedLane[], nowMs: number): void {
    this.#remember(lanes.filter(({ isNew }) => isNew))
    for (const lane of lanes) this.#laterMs.set(laneKey(lane), nowMs + (lane.dueInMs ?? Infinity))
  }

  #remember(lanes: readonly LaneName[]): void {
    for (const lane of lanes.slice(0, REMEMBERED_LANES)) {
      this.#remembered.delete(laneKey(lane))
      this.#remembered.set(laneKey(lane), lane)
    }
    for (const [key] of [...this.#remembered].slice(0, -REMEMBERED_LANES)) this.#remembered.delete(key)
  }

  /** Those that are there, and those that were there lately; the larger priority first. */
  get known(): LaneName[] {
    const known = new Map(this.#remembered)
    for (const lane of this.#lanes) known.set(laneKey(lane), lane)
    return [...known.values()].sort((a, b) => b.priority - a.priority)
  }

  /**
   * The lanes for one claim. Among equal priorities each one comes first in turn. `isBehind`: claims have not caught up
   * with what is inserted. `kindRoom` says how many more of a kind may be held (Infinity: no limit); a kind without
   * room is left out, and so is a lane of which nothing is due.
   */
  plan(nowMs: number, kindRoom: (kind: string) => number, isBehind: boolean): LaneStart[] {
    const due = this.#lanes.filter(({ dueInMs }) => dueInMs <= nowMs - this.pace.lookedMs)
    return this.#inTurn(due, nowMs, kindRoom, isBehind)
  }

  /**
   * The lanes that are there, and those that were there lately: where somebody says that there is work, or more comes all
   * the time, it is most likely in one of them, and a claim that tries them saves the look at which lanes there are.
   */
  planRemembered(nowMs: number, kindRoom: (kind: string) => number, isBehind = false): LaneStart[] {
    return this.#inTurn(this.known, nowMs, kindRoom, isBehind)
  }

  #inTurn(
    lanes: readonly LaneName[],
    nowMs: number,
    kindRoom: (kind: string) => number,
    isBehind: boolean,
  ): LaneStart[] {
    this.#positions.passTime(nowMs)
    if (lanes.length === 0) return []
    const turn = this.#turn++
    return groupsOfEqualPriority(lanes)
      .flatMap((group) => rotate(group, turn % group.length))
      .filter(onePerLimitedKind(kindRoom))
      .map((lane) => {
        const { queue, kind, priority } = lane
        const position = isBehind ? this.#positions.last(lane) : this.#positions.lately(lane)
        return { queue, kind, priority, limit: kindRoom(kind), ...position }
      })
  }

  /** Begins a claim: what it returns takes the positions that the claim came to, by laneKey. */
  claiming(): (reached: ReadonlyMap<string, LanePosition>) => void {
    return this.#positions.claiming()
  }

  /** Whether a task was due when the lanes were read. */
  get isAnyDue(): boolean {
    return this.#lanes.some(({ dueInMs }) => dueInMs <= 0)
  }

  /** From `nowMs` until the next task that is not due then; Infinity when none is known. */
  nextDueInMs(nowMs = this.pace.lookedMs): number {
    const passedMs = nowMs - this.pace.lookedMs
    const later = this.#lanes.map(({ dueInMs }) => dueInMs - passedMs)
    const hinted = [...this.#laterMs.values()].map((dueMs) => dueMs - nowMs)
    const ahead = [...later, ...hinted].filter((dueInMs) => dueInMs > 0)
    return ahead.reduce((soonest, dueInMs) => Math.min(soonest, dueInMs), Number.POSITIVE_INFINITY)
  }
}

/** Two lanes of a limited kind would share its room: the first one has it, the other is visited by the next claim. */
function onePerLimitedKind(kindRoom: (kind: string) => number): (lane: LaneName) => boolean {
  const taken = new Set<string>()
  return ({ kind }) => {
    const room = kindRoom(kind)
    if (room === Number.POSITIVE_INFINITY) return true
    if (room <= 0 || taken.has(kind)) return false
    taken.add(kind)
    return true
  }
}

function groupsOfEqualPriority(lanes: readonly LaneName[]): LaneName[][] {
  const groups: LaneName[][] = []
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
