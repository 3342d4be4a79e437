// What a process holds: counted from the question on, and never said to be younger than it is.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Holding, Holdings } from '../../src/engine/holdings.ts'
import type { Claim } from '../../src/task/task.ts'
import { claimOf, claimsOf } from './fixtures.ts'

/** A time of the database in microseconds. */
const beat = (second: number) => 1_767_225_600_000_000 + second * 1_000_000

type Step =
  | { do: 'ask'; limit: number }
  /** `share` of the limit comes back; null: the answer is lost. `again`: the first of them is a task that is held. */
  | { do: 'answer'; share: number | null; again: boolean }
  | { do: 'drop'; which: number }
  | { do: 'beat' }
  /** What the lost answers may have brought has been looked for. */
  | { do: 'forget' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('ask' as const), limit: fc.integer({ min: 1, max: 10 }) }),
  fc.record({
    do: fc.constant('answer' as const),
    share: fc.constantFrom(null, 0, 0.3, 1),
    again: fc.boolean(),
  }),
  fc.record({ do: fc.constant('drop' as const), which: fc.nat() }),
  fc.constant({ do: 'beat' as const }),
  fc.constant({ do: 'forget' as const }),
)

describe('holdings', () => {
  it('never says that its oldest claim is younger than it is, and counts what is held and asked for', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const holdings = new Holdings()
        const asks: { limit: number; sinceUs: number }[] = []
        const lost: { sinceUs: number }[] = []
        let held: { claim: Claim; sinceUs: number }[] = []
        let second = 0
        let nextId = 1
        for (const one of steps) {
          if (one.do === 'beat') second += 1
          else if (one.do === 'ask') {
            asks.push({ limit: one.limit, sinceUs: beat(second) })
            holdings.ask(one.limit, beat(second))
          } else if (one.do === 'answer') {
            const ask = asks.shift()
            if (ask === undefined) continue
            if (one.share === null) {
              lost.push(ask)
              holdings.answer(ask.limit, null, 0)
              continue
            }
            const claims = claimsOf(Math.floor(ask.limit * one.share), nextId)
            nextId += claims.length
            const [first] = held
            if (one.again && first && claims[0]) claims[0] = { ...first.claim, claimNumber: nextId }
            holdings.answer(ask.limit, claims, 0)
            held = held.filter(({ claim }) => !claims.some(({ id }) => id === claim.id))
            held.push(...claims.map((claim) => ({ claim, sinceUs: ask.sinceUs })))
          } else if (one.do === 'forget') {
            lost.length = 0
            holdings.forgetUnanswered()
          } else {
            const [dropped] = held.splice(one.which % Math.max(1, held.length), 1)
            if (dropped) holdings.drop(dropped.claim)
          }
          const outstanding = asks.reduce((sum, { limit }) => sum + limit, 0)
          expect(holdings.size).toBe(held.length + outstanding)
          expect(holdings.isEmpty).toBe(held.length + outstanding === 0)
          expect(holdings.ofKind('mail')).toBe(held.length)
          const all = [...held, ...asks, ...lost].map(({ sinceUs }) => sinceUs)
          if (all.length === 0) expect(holdings.claimsSinceUs).toBeNull()
          else expect(holdings.claimsSinceUs).toBeLessThanOrEqual(Math.min(...all))
        }
      }),
    )
  })

  it('moves on from what it no longer holds', () => {
    const holdings = new Holdings()
    const [old, young] = claimsOf(2)
    if (!old || !young) throw new Error('two claims')
    holdings.ask(1, beat(1))
    holdings.answer(1, [old], 0)
    holdings.ask(1, beat(2))
    holdings.answer(1, [young], 0)
    expect(holdings.claimsSinceUs).toBe(beat(1))
    holdings.drop(old)
    expect(holdings.claimsSinceUs).toBe(beat(2))
  })

  it('does not take the oldest for younger when a task is claimed again', () => {
    const holdings = new Holdings()
    const claims = [[claimOf(1)], [claimOf(2)], [claimOf(1, { claimNumber: 2 })]]
    for (const [index, answer] of claims.entries()) {
      holdings.ask(1, beat(index))
      holdings.answer(1, answer, 0)
    }
    expect(holdings.claimsSinceUs).toBe(beat(1))
    holdings.drop(claims[1]?.[0] ?? claimOf(9))
    expect(holdings.claimsSinceUs).toBe(beat(2))
  })

  it('stays at a claim whose answer was lost until everything it may have brought is found', () => {
    const holdings = new Holdings()
    holdings.ask(10, beat(1))
    holdings.answer(10, null, 0)
    expect([holdings.isEmpty, holdings.claimsSinceUs]).toEqual([true, beat(1)])
    holdings.ask(10, beat(2))
    expect(holdings.answer(10, claimsOf(1), 0)).toHaveLength(1)
    expect(holdings.claimsSinceUs).toBe(beat(1))
    holdings.forgetUnanswered()
    expect(holdings.claimsSinceUs).toBe(beat(2))
  })

  it('counts a question until it is answered', () => {
    const holdings = new Holdings()
    holdings.ask(10, beat(1))
    expect([holdings.size, holdings.isEmpty, holdings.claimsSinceUs]).toEqual([10, false, beat(1)])
    holdings.answer(10, claimsOf(3), 0)
    expect([holdings.size, holdings.isEmpty]).toEqual([3, false])
  })

  it('drops nothing twice, and nothing that it does not hold', () => {
    const holdings = new Holdings()
    const [one] = claimsOf(1)
    if (!one) throw new Error('a claim')
    holdings.ask(1, beat(1))
    holdings.answer(1, [one], 0)
    holdings.drop(claimOf(99))
    expect(holdings.size).toBe(1)
    holdings.drop(one)
    holdings.drop(one)
    expect([holdings.size, holdings.isEmpty]).toEqual([0, true])
  })

  it('keeps the newer claim of a task when the older one is dropped', () => {
    const holdings = new Holdings()
    const [older, newer] = [claimOf(1, { claimNumber: 1 }), claimOf(1, { claimNumber: 3 })]
    for (const claim of [older, newer]) {
      holdings.ask(1, beat(claim.claimNumber))
      holdings.answer(1, [claim], 0)
    }
    holdings.drop(older)
    expect(holdings.isEmpty).toBe(false)
    holdings.drop(newer)
    expect(holdings.isEmpty).toBe(true)
  })

  it('names what workers run, the longest-running first, and not what waits', () => {
    const holdings = new Holdings()
    holdings.ask(3, beat(1))
    const [first, second, third] = holdings.answer(3, claimsOf(3), 0)
    const run = (holding: Holding | undefined, startedMs: number) => {
      if (holding) holding.running = { worker: 1, startedMs, run: { stop: () => {} } }
    }
    run(first, 10)
    run(third, 20)
    expect(holdings.running()).toEqual([first, third])
    expect(second?.running).toBeNull()
  })

  it('finds what it holds by its id, and lists it', () => {
    const holdings = new Holdings()
    holdings.ask(2, beat(1))
    const [first] = holdings.answer(2, claimsOf(2), 0)
    expect(holdings.find(1)).toBe(first)
    expect(holdings.find(9)).toBeUndefined()
    expect(holdings.ids()).toEqual([1, 2])
  })

  it('counts by kind what it holds', () => {
    const holdings = new Holdings()
    const claims = [
      claimOf(1, { kind: 'mail' }),
      claimOf(2, { kind: 'report' }),
      claimOf(3, { kind: 'mail' }),
    ]
    holdings.ask(3, beat(1))
    holdings.answer(3, claims, 0)
    expect(['mail', 'report', 'image'].map((kind) => holdings.ofKind(kind))).toEqual([2, 1, 0])
    for (const claim of claims) holdings.drop(claim)
    expect(['mail', 'report'].map((kind) => holdings.ofKind(kind))).toEqual([0, 0])
  })
})

it('tells what runs for the longest time, by the clock of the database, twenty at most', () => {
  const holdings = new Holdings()
  holdings.ask(30, 0)
  const held = holdings.answer(30, claimsOf(30), 0)
  // The last one that was claimed began first; the first five wait.
  for (const [place, holding] of held.entries())
    if (place >= 5) holding.running = { worker: place, startedMs: 1_000 - place, run: { stop: () => {} } }
  const longest = holdings.longest(9_000_000, 2_000)
  expect(longest.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, place) => 30 - place))
  expect(longest[0]).toEqual({ id: 30, kind: 'mail', worker: 29, since_us: 9_000_000 - 1_029_000 })
})
