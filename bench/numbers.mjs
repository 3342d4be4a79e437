// Medians, percentiles and ratios. No clock, no I/O.

/** By nearest rank; `share` of 0 to 1. null where there is nothing. */
export function percentile(values, share) {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
}

/** The middle one, or the mean of the two in the middle. */
export function median(values) {
  const known = values.filter((value) => value !== null && value !== undefined).sort((a, b) => a - b)
  if (known.length === 0) return null
  const middle = known.length / 2
  return known.length % 2 === 1 ? known[Math.floor(middle)] : (known[middle - 1] + known[middle]) / 2
}

/** Of what was measured in the same round: the median ratio, and the smallest and the largest. */
export function ratio(ours, theirs) {
  const ratios = ours.flatMap((value, round) =>
    value !== null && theirs[round] ? [value / theirs[round]] : [],
  )
  if (ratios.length === 0) return null
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) }
}
