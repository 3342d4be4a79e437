// The arrivals of an open loop: fixed before anything runs, at the rate that was asked for.
import { expect, it } from 'vitest'
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
