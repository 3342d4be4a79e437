// The order of lanes: priority first, equals in turn, and what is not there any more forgotten.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Lanes } from '../../src/engine/lanes.ts'
import { FROM_THE_FRONT, type Lane, type LanePosition, laneKey } from '../../src/task/lane.ts'

const lane = (kind: string, priority = 0, dueInMs = 0, front = FROM_THE_FRONT): Lane => ({
  queue: 'default',
  kind,
  priority,
  dueInMs,
  front,
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
  read(known, lanes, 0)
  return known
}

/** A look whose answer came at once. */
function read(order: Lanes, lanes: readonly Lane[], nowMs: number): void {
  order.refresh(lanes, order.ask(nowMs), nowMs)
}

const at = (id: number, seconds = 0): LanePosition => ({
  afterRunAtS: 1_767_225_600.000001 + seconds,
  afterId: id,
})

describe('lanes', () => {
  it('plans every lane once, the larger priority first', () => {
    fc.assert(
      fc.property(someLanes, fc.integer({ min: 1, max: 12 }), (lanes, plans) => {
        const order = known(lanes)
        for (let turn = 0; turn < plans; turn++) {
          const plan = order.plan(turn, UNLIMITED, true)
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
          (_, turn) => order.plan(turn, UNLIMITED, true)[0]?.kind,
        )
        for (const { kind } of top) expect(first.filter((one) => one === kind)).toHaveLength(3)
      }),
    )
  })

  it('starts where its positions say, in each', () => {
    const order = known([lane('a'), lane('b', 0, 0, at(41))])
    order.claiming()(new Map([[laneKey(lane('a')), at(7)]]))
    const starts = new Map(order.plan(1, UNLIMITED, true).map((start) => [start.kind, start]))
    expect([starts.get('a'), starts.get('b')]).toMatchObject([at(7), at(41)])
  })

  it('starts where claims were a moment ago when they have caught up, also right after a backlog', () => {
    const order = known([lane('a', 0, 0, at(0))])
    for (let nowMs = 0; nowMs <= 10_000; nowMs += 100) {
      order.plan(nowMs, UNLIMITED, true)
      order.claiming()(new Map([[laneKey(lane('a')), at(nowMs)]]))
    }
    for (const starts of [order.plan(10_010, UNLIMITED, false), order.planRemembered(10_020, UNLIMITED)]) {
      const { afterId } = starts[0] ?? FROM_THE_FRONT
      expect(Number(afterId)).toBeGreaterThan(9_000)
      expect(Number(afterId)).toBeLessThanOrEqual(9_750)
    }
  })

  it('knows whether anything is due, and how long it is until the next task that is not', () => {
    expect(new Lanes()).toMatchObject({ isAnyDue: false })
    expect(new Lanes().nextDueInMs()).toBe(Number.POSITIVE_INFINITY)
    const later = known([lane('a', 1, 700), lane('b', 0, 300)])
    expect(later).toMatchObject({ isAnyDue: false })
    expect(later.nextDueInMs()).toBe(300)
    expect([later.nextDueInMs(299), later.nextDueInMs(300)]).toEqual([1, 400])
    const now = known([lane('a', 1, 700), lane('b', 0, -5_000)])
    expect([now.isAnyDue, now.nextDueInMs()]).toEqual([true, 700])
  })

  it('is known when it was told', () => {
    expect([new Lanes().isKnown, known([lane('a')]).isKnown]).toEqual([false, true])
  })

  it('forgets lanes that the database no longer names', () => {
    const order = known([lane('a'), lane('b')])
    read(order, [lane('b')], 1)
    expect(order.plan(1, UNLIMITED, true).map(({ kind }) => kind)).toEqual(['b'])
  })

  it('remembers lanes that are gone, up to 64, the larger priority first', () => {
    const order = known([lane('gone', 5), lane('low', -1)])
    read(order, [lane('b')], 1)
    const kinds = () => order.planRemembered(1, UNLIMITED).map(({ kind }) => kind)
    expect(kinds()).toEqual(['gone', 'b', 'low'])
    read(
      order,
      Array.from({ length: 63 }, (_, index) => lane(`many ${index}`)),
      2,
    )
    expect(kinds()).toHaveLength(64)
    read(
      order,
      Array.from({ length: 100 }, (_, index) => lane(`more ${index}`)),
      3,
    )
    expect(kinds()).toHaveLength(100)
    read(order, [lane('b')], 4)
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
    const plan = order.plan(0, (kind) => rooms[kind] ?? Number.POSITIVE_INFINITY, true)
    const places = plan.map(({ kind, priority, limit }) => `${kind}/${priority}/${limit}`)
    expect(places.toSorted()).toEqual(['free/0/Infinity', 'free/1/Infinity', 'limited/1/3'])
  })

  it('leaves out a lane of which nothing is due, until it is', () => {
    const order = new Lanes()
    read(order, [lane('a', 1, 300), lane('b', 0, -5_000), lane('c', 0, 0)], 1_000)
    const kinds = (nowMs: number) =>
      order
        .plan(nowMs, UNLIMITED, true)
        .map(({ kind }) => kind)
        .toSorted()
    expect(kinds(1_299)).toEqual(['b', 'c'])
    expect(kinds(1_300)).toEqual(['a', 'b', 'c'])
  })
})
