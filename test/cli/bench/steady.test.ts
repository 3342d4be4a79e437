// The arrivals of an open loop: fixed before anything runs, at the rate that was asked for.
import { expect, it } from 'vitest'
import { behind } from '../../../src/cli/bench/behind.ts'
import { Ledger } from '../../../src/cli/bench/ledger.ts'
import { arrivals } from '../../../src/cli/bench/steady.ts'

/** The same numbers at each call, spread over [0, 1). */
function sequence(): () => number {
  let state = 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

it('come at equal distances where that is asked for', () => {
  expect([...arrivals({ rate: 4, seconds: 1, evenly: true }, sequence())]).toEqual([0, 250, 500, 750])
})

it('come at random otherwise, in their order, as many as at equal distances, and in about the same time', () => {
  const offsets = arrivals({ rate: 1000, seconds: 10, evenly: false }, sequence())
  const gaps = Array.from(offsets.subarray(1), (offset, index) => offset - (offsets[index] ?? 0))
  expect(offsets).toHaveLength(10_000)
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0)
  expect(offsets.at(-1)).toBeGreaterThan(9_500)
  expect(offsets.at(-1)).toBeLessThan(10_500)
  // Of a Poisson process 37 % of the gaps are longer than the mean.
  expect(gaps.filter((gap) => gap > 1).length / gaps.length).toBeCloseTo(Math.exp(-1), 1)
})

/** 1,000 tasks that arrive at 100/s, each finished `tookMs` after it could be begun, one after the other. */
function served(tookMs: number): Ledger {
  const ledger = new Ledger()
  let freeMs = 0
  for (let id = 0; id < 1000; id++) {
    const atMs = id * 10
    freeMs = Math.max(freeMs, atMs) + tookMs
    ledger.enqueued(id, atMs)
    ledger.done(id, freeMs)
  }
  return ledger
}

it('is no matter for a remark where all that arrives is run', () => {
  expect(behind(served(9), 100)).toEqual([])
  expect(behind(new Ledger(), 100)).toEqual([])
})

it('is remarked on where it is more than what is run', () => {
  expect(behind(served(20), 100)).toEqual([
    'the rate was not kept: 50/s of 100/s; when the last task arrived, 501 tasks waited, and took 10 s more',
  ])
})
