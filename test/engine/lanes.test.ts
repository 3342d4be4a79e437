// The order of lanes: priority first, equals in turn, and no position trusted for longer than two seconds.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Lanes } from '../../src/engine/lanes.ts'
import { FROM_THE_FRONT, type Lane, type LanePosition, laneKey } from '../../src/task/lane.ts'

const lane = (kind: string, priority = 0, dueInMs = 0): Lane => ({
  queue: 'default',
  kind,
  priority,
  dueInMs,
})

const UNLIMITED = () => Number.POSITIVE_INFINITY

/** As the database gives them: each once, the larger priority first. */
const someLanes = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.integer({ min: -2, max: 2 })), {
    minLength: 1,
    selector: ([kind, priority]) => `${kind}/${priority}`,
  })
  .map((names) =>
    names.map(([kind, priority]) => lane(kind, priority)).toSorted((a, b) => b.priority - a.priority),
  )

function known(lanes: readonly Lane[]): Lanes {
  const known = new Lanes()
  known.refresh(lanes, 0, 0)
  return known
}

const at = (id: number): LanePosition => ({ afterRunAtS: 1_767_225_600.000001, afterId: id })
const noted = (of: Lane, position: LanePosition) => new Map([[laneKey(of), position]])

describe('lanes', () => {
  it('plans every lane once, the larger priority first', () => {
    fc.assert(
      fc.property(someLanes, fc.integer({ min: 1, max: 12 }), (lanes, plans) => {
        const order = known(lanes)
        for (let turn = 0; turn < plans; turn++) {
          const plan = order.plan(turn, UNLIMITED)
          expect(new Set(plan.map(laneKey))).toEqual(new Set(lanes.map(laneKey)))
          expect(plan).toHaveLength(lanes.length)
          const priorities = plan.map(({ priority }) => priority)
          expect(priorities).toEqual(priorities.toSorted((a, b) => b - a))
        }
      }),
    )
  })

  it('puts each lane of a priority first equally often', () => {
    fc.assert(
      fc.property(someLanes, (lanes) => {
        const order = known(lanes)
        const top = lanes.filter(({ priority }) => priority === lanes[0]?.priority)
        const first = Array.from(
          { length: 3 * top.length },
          (_, turn) => order.plan(turn, UNLIMITED)[0]?.kind,
        )
        for (const { kind } of top) expect(first.filter((one) => one === kind)).toHaveLength(3)
      }),
    )
  })

  it('starts behind what was claimed last in that lane, and from the front in the others', () => {
    const [a, b] = [lane('a'), lane('b')]
    const order = known([a, b])
    order.plan(0, UNLIMITED)
    order.note(noted(a, at(7)))
    const starts = new Map(order.plan(1, UNLIMITED).map((start) => [start.kind, start]))
    expect(starts.get('a')).toMatchObject(at(7))
    expect(starts.get('b')).toMatchObject(FROM_THE_FRONT)
  })

  it('looks from the front of every lane at least every two seconds', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 10, maxLength: 40 }), (steps) => {
        const order = known([lane('a')])
        let nowMs = 0
        let sweptMs = 0
        for (const [index, stepMs] of steps.entries()) {
          nowMs += stepMs
          const [start] = order.plan(nowMs, UNLIMITED)
          if (start?.afterId === FROM_THE_FRONT.afterId) sweptMs = nowMs
          else expect(start).toMatchObject(at(index - 1))
          expect(nowMs - sweptMs).toBeLessThan(2_000)
          order.note(noted(lane('a'), at(index)))
        }
        expect(sweptMs).toBeGreaterThan(0)
      }),
    )
  })

  it('uses a position between two sweeps', () => {
    const order = known([lane('a')])
    order.plan(10_000, UNLIMITED)
    order.note(noted(lane('a'), at(7)))
    expect(order.plan(11_999, UNLIMITED)).toMatchObject([at(7)])
    expect(order.plan(12_000, UNLIMITED)).toMatchObject([FROM_THE_FRONT])
  })

  it('looks from the front with the next claim when it is told to sweep, and only then', () => {
    const order = known([lane('a')])
    order.plan(0, UNLIMITED)
    order.note(noted(lane('a'), at(7)))
    order.sweep()
    expect(order.plan(1, UNLIMITED)).toMatchObject([FROM_THE_FRONT])
    order.note(noted(lane('a'), at(9)))
    expect(order.plan(2, UNLIMITED)).toMatchObject([at(9)])
  })

  it('knows whether anything is due, and how long it is until the next task that is not', () => {
    expect(new Lanes()).toMatchObject({ isAnyDue: false, nextDueInMs: Number.POSITIVE_INFINITY })
    expect(known([lane('a', 1, 700), lane('b', 0, 300)])).toMatchObject({ isAnyDue: false, nextDueInMs: 300 })
    expect(known([lane('a', 1, 700), lane('b', 0, -5_000)])).toMatchObject({
      isAnyDue: true,
      nextDueInMs: 700,
    })
  })

  it('wants to be told anew after half a second, and from the start', () => {
    expect(new Lanes().isStale(0)).toBe(true)
    expect(new Lanes().isKnown).toBe(false)
    const order = known([lane('a')])
    expect([order.isKnown, order.isStale(499), order.isStale(500)]).toEqual([true, false, true])
  })

  it('does not want to be told for a tenth of the time or more, where that takes long', () => {
    const order = known([lane('a')])
    order.refresh([lane('a')], 1_000, 300)
    expect([order.isStale(3_999), order.isStale(4_000)]).toEqual([false, true])
  })

  it('forgets lanes that the database no longer names', () => {
    const order = known([lane('a'), lane('b')])
    order.refresh([lane('b')], 1, 0)
    expect(order.plan(1, UNLIMITED).map(({ kind }) => kind)).toEqual(['b'])
  })

  it('remembers lanes that are gone, up to 64, the larger priority first', () => {
    const order = known([lane('gone', 5), lane('low', -1)])
    order.refresh([lane('b')], 1, 0)
    const kinds = () => order.planRemembered(1, UNLIMITED).map(({ kind }) => kind)
    expect(kinds()).toEqual(['gone', 'b', 'low'])
    order.refresh(
      Array.from({ length: 63 }, (_, index) => lane(`many ${index}`)),
      2,
      0,
    )
    expect(kinds()).toHaveLength(64)
    expect(kinds()).not.toContain('gone')
    expect(kinds()).toContain('b')
  })

  it('leaves out a kind that has no room, and gives what room there is to one of its lanes', () => {
    const order = known([
      lane('limited', 1),
      lane('full', 1),
      lane('free', 1),
      lane('limited', 0),
      lane('free', 0),
    ])
    const rooms: Record<string, number> = { limited: 3, full: 0 }
    const plan = order.plan(0, (kind) => rooms[kind] ?? Number.POSITIVE_INFINITY)
    const places = plan.map(({ kind, priority, limit }) => `${kind}/${priority}/${limit}`)
    expect(places.toSorted()).toEqual(['free/0/Infinity', 'free/1/Infinity', 'limited/1/3'])
  })

  it('leaves out a lane of which nothing is due, until it is', () => {
    const order = new Lanes()
    order.refresh([lane('a', 1, 300), lane('b', 0, -5_000), lane('c', 0, 0)], 1_000, 0)
    const kinds = (nowMs: number) =>
      order
        .plan(nowMs, UNLIMITED)
        .map(({ kind }) => kind)
        .toSorted()
    expect(kinds(1_299)).toEqual(['b', 'c'])
    expect(kinds(1_300)).toEqual(['a', 'b', 'c'])
  })
})
