// Durations in buckets: small, mergeable, and within 5 % of the truth.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { count, type Histogram, merge, percentiles } from '../../src/task/histogram.ts'

/** From a hundredth of a millisecond to twelve days, as many small ones as large ones. */
const durationMs = fc.double({ min: -2, max: 9, noNaN: true }).map((exponent) => 10 ** exponent)
const durations = fc.array(durationMs, { minLength: 1, maxLength: 300 })
const percent = fc.integer({ min: 1, max: 100 })

function histogramOf(values: readonly number[]): Histogram {
  const histogram: Histogram = {}
  for (const value of values) count(histogram, value)
  return histogram
}

describe('histogram', () => {
  it('gives every percentile within 5 % of the true one', () => {
    fc.assert(
      fc.property(durations, percent, (values, p) => {
        const sorted = values.toSorted((a, b) => a - b)
        const truth = sorted[Math.ceil((p / 100) * sorted.length) - 1] ?? Number.NaN
        const [read = Number.NaN] = percentiles(histogramOf(values), [p / 100]) ?? []
        expect(Math.abs(read - truth) / truth).toBeLessThan(0.05)
      }),
      { numRuns: 500 },
    )
  })

  it('gives the same after it was merged or went through JSON as when one process had counted everything', () => {
    fc.assert(
      fc.property(fc.array(durations, { maxLength: 5 }), (processes) => {
        const apart = processes.map((values): Histogram => JSON.parse(JSON.stringify(histogramOf(values))))
        expect(merge(apart)).toEqual(histogramOf(processes.flat()))
      }),
    )
  })

  it('gives percentiles in the order of their shares', () => {
    fc.assert(
      fc.property(durations, (values) => {
        const read = percentiles(histogramOf(values), [0.5, 0.95, 0.99, 1]) ?? []
        expect(read).toEqual(read.toSorted((a, b) => a - b))
      }),
    )
  })

  it('counts a duration of nothing, or less by a clock that stepped back, as the smallest', () => {
    expect(percentiles(histogramOf([0, -5]), [1])?.[0]).toBeLessThan(0.02)
  })

  it('stays small however much it counts', () => {
    const values = Array.from({ length: 20_000 }, (_, index) => 0.01 + index * 50)
    expect(Object.keys(histogramOf(values)).length).toBeLessThan(300)
  })

  it('has no percentiles when it is empty', () => {
    expect(percentiles({}, [0.5])).toBeNull()
    expect(percentiles(merge([]), [0.5])).toBeNull()
  })
})
