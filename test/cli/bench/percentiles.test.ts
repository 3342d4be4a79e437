// Percentiles by nearest rank.
import { expect, it } from 'vitest'
import { distribution, nearestRank } from '../../../src/cli/bench/percentiles.ts'

it.each([
  { values: [15, 20, 35, 40, 50], percent: 5, expected: 15 },
  { values: [15, 20, 35, 40, 50], percent: 30, expected: 20 },
  { values: [15, 20, 35, 40, 50], percent: 40, expected: 20 },
  { values: [15, 20, 35, 40, 50], percent: 50, expected: 35 },
  { values: [15, 20, 35, 40, 50], percent: 100, expected: 50 },
  { values: [3, 6, 7, 8, 8, 10, 13, 15, 16, 20], percent: 25, expected: 7 },
  { values: [3, 6, 7, 8, 8, 10, 13, 15, 16, 20], percent: 75, expected: 15 },
  { values: [7], percent: 99.9, expected: 7 },
])('the $percent th of $values is $expected', ({ values, percent, expected }) => {
  expect(nearestRank(values, percent)).toBe(expected)
})

it('is not one rank off where the share is not exact in binary', () => {
  const thousand = Array.from({ length: 1000 }, (_, index) => index + 1)
  expect(nearestRank(thousand, 99.9)).toBe(999)
  expect(nearestRank(thousand, 99)).toBe(990)
})

it('sorts what it is given, and has nothing to say of nothing', () => {
  expect(distribution(Float64Array.from([3, 1, 2, 10]))).toEqual({
    ...{ count: 4, mean: 4, p50: 2, p90: 10, p99: 10, p999: 10, max: 10 },
  })
  expect(distribution(new Float64Array(0))).toBeNull()
})
