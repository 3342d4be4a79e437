// Percentiles of raw numbers by nearest rank: each is one of the numbers, none is made up between two.

/** Milliseconds, to a thousandth. */
interface Distribution {
  count: number
  mean: number
  p50: number
  p90: number
  p99: number
  p999: number
  max: number
}

/** null where there is nothing to tell. `values` is sorted in place. */
export function distribution(values: Float64Array): Distribution | null {
  if (values.length === 0) return null
  values.sort()
  const sum = values.reduce((total, value) => total + value, 0)
  return {
    count: values.length,
    mean: thousandths(sum / values.length),
    p50: thousandths(nearestRank(values, 50)),
    p90: thousandths(nearestRank(values, 90)),
    p99: thousandths(nearestRank(values, 99)),
    p999: thousandths(nearestRank(values, 99.9)),
    max: thousandths(values[values.length - 1] ?? 0),
  }
}

/** The smallest of the sorted numbers that at least `percent` % of them do not exceed. */
export function nearestRank(sorted: ArrayLike<number>, percent: number): number {
  // 99.9 % of 1000 is 999.0000000000001 in binary: a rounding error must not cost a rank.
  const rank = Math.ceil(Number(((percent / 100) * sorted.length).toFixed(6)))
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1] ?? Number.NaN
}

/** Rounded to three decimals: finer than what is measured. */
export function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000
}
