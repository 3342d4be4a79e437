// A lane: one combination of queue, kind and priority. Claims go lane by lane.
import type { TaskId } from './task.ts'

export interface LaneName {
  readonly queue: string
  readonly kind: string
  /** The larger comes first. */
  readonly priority: number
}

/** The key of a task inside its lane. */
export interface LanePosition {
  /** Seconds since 1970, as the database wrote them. */
  readonly afterRunAtS: number
  readonly afterId: TaskId
}

/** A lane that holds pending tasks. */
export interface Lane extends LaneName {
  /** Until its first task is due; not positive when it is due already. */
  readonly dueInMs: number
  /** Right before its first task: a claim may begin there as well as at the very front. */
  readonly front: LanePosition
}

/** Where a claim begins to look in a lane: behind this position. */
export interface LaneStart extends LaneName, LanePosition {
  /** How many may be taken from this lane; Infinity: as many as the claim takes. */
  readonly limit: number
}

export const FROM_THE_FRONT: LanePosition = { afterRunAtS: Number.NEGATIVE_INFINITY, afterId: 0 }

/** Whether `position` is `other`, or lies behind it. */
export function isAtOrBehind(position: LanePosition, other: LanePosition): boolean {
  if (position.afterRunAtS !== other.afterRunAtS) return position.afterRunAtS > other.afterRunAtS
  return BigInt(position.afterId) >= BigInt(other.afterId)
}

/** A text that is different for every lane. Names cannot hold U+0000. */
export function laneKey(lane: LaneName): string {
  return `${lane.priority}\u0000${lane.queue}\u0000${lane.kind}`
}
