// Positions: behind what was claimed, and never so that a task in front of one is passed over for good.
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { Positions } from '../../src/engine/positions.ts'
import { FROM_THE_FRONT, type Lane, type LanePosition, laneKey } from '../../src/task/lane.ts'

const NAME = { queue: 'default', kind: 'a', priority: 0 }
const at = (id: number, seconds = 0): LanePosition => ({
  afterRunAtS: 1_767_225_600.000001 + seconds,
  afterId: id,
})
const found = (front: LanePosition): Lane[] => [{ ...NAME, dueInMs: 0, front }]
const reached = (position: LanePosition) => new Map([[laneKey(NAME), position]])

let positions: Positions

beforeEach(() => {
  positions = new Positions()
})

/** A claim that comes so far, and a look whose answer comes at once. */
const claim = (position: LanePosition) => positions.claiming()(reached(position))
const look = (front: LanePosition) => positions.lookedAt(found(front), positions.now())

describe('behind a backlog', () => {
  it('are at the front of a lane that nobody knows, and where a look found its first task', () => {
    expect(positions.last(NAME)).toEqual(FROM_THE_FRONT)
    look(at(41))
    expect(positions.last(NAME)).toEqual(at(41))
  })

  it('are behind what was claimed last, whatever was claimed late', () => {
    claim(at(7))
    claim(at(3))
    expect(positions.last(NAME)).toEqual(at(7))
  })

  it.each([
    { found: 'behind it, by its id', front: at(8), next: at(7) },
    { found: 'behind it, by its time', front: at(1, 5), next: at(7) },
    { found: 'right behind it', front: at(7), next: at(7) },
    { found: 'before it, by its id', front: at(6), next: at(6) },
    { found: 'before it, by its time', front: at(9, -5), next: at(9, -5) },
    { found: 'at a time that no number tells', front: FROM_THE_FRONT, next: FROM_THE_FRONT },
  ])('go back only to a task that is in front of them: $found', ({ front, next }) => {
    claim(at(7))
    look(front)
    expect(positions.last(NAME)).toEqual(next)
  })

  it('do not go back for what was claimed while the look was on its way', () => {
    claim(at(7))
    const before = positions.now()
    claim(at(9))
    positions.lookedAt(found(at(8)), before)
    expect(positions.last(NAME)).toEqual(at(9))
  })

  it('go back although a claim was on its way when the look was answered', () => {
    claim(at(7))
    const cameTo = positions.claiming()
    look(at(3))
    cameTo(reached(at(12)))
    expect(positions.last(NAME)).toEqual(at(3))
    claim(at(4))
    expect(positions.last(NAME)).toEqual(at(4))
  })

  it('are forgotten with their lanes', () => {
    claim(at(7))
    positions.keep(new Set())
    expect(positions.last(NAME)).toEqual(FROM_THE_FRONT)
  })
})

describe('of claims that have caught up', () => {
  it('are between a quarter and half a second old while claims go on', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 10, maxLength: 60 }), (steps) => {
        const all = new Positions()
        const claimed: { atMs: number; id: number }[] = [{ atMs: 0, id: 0 }]
        all.lookedAt(found(at(0)), all.now())
        let nowMs = 0
        for (const [index, stepMs] of steps.entries()) {
          nowMs += stepMs
          all.passTime(nowMs)
          const { afterId } = all.lately(NAME)
          const next = claimed.find(({ id }) => id > Number(afterId))
          // What it starts behind was claimed a quarter of a second ago or more, and what comes next is not much older.
          const start = claimed.find(({ id }) => id === afterId)
          expect(start === claimed[0] || nowMs - (start?.atMs ?? nowMs) >= 250).toBe(true)
          if (next !== undefined) expect(nowMs - next.atMs).toBeLessThanOrEqual(250 + 250 + 2 * 200)
          all.claiming()(reached(at(index + 1)))
          claimed.push({ atMs: nowMs, id: index + 1 })
        }
      }),
    )
  })

  it('go back with the others', () => {
    look(at(50))
    for (const nowMs of [0, 300, 600, 900]) {
      positions.passTime(nowMs)
      claim(at(100 + nowMs))
    }
    look(at(3))
    expect(positions.lately(NAME)).toEqual(at(3))
  })
})
