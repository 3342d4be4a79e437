// Durations counted in buckets that grow by a constant factor: small, mergeable across processes, and every percentile
// that is read from it is within 5 % of the true one.

/** Buckets for each doubling: a bucket is 9 % wide. */
const BUCKETS_PER_DOUBLING = 8
const SMALLEST_MS = 0.01

/** Count by bucket number; sparse, and JSON as it stands. */
export type Histogram = Record<string, number>

/** Adds one duration. */
export function count(histogram: Histogram, durationMs: number): void {
  const bucket = Math.round(Math.log2(Math.max(durationMs, SMALLEST_MS)) * BUCKETS_PER_DOUBLING)
  histogram[bucket] = (histogram[bucket] ?? 0) + 1
}

/** The same bucket in SQL, of an expression in milliseconds. */
export function bucketSql(durationMs: string): string {
  return `round(ln(greatest(${durationMs}, ${SMALLEST_MS})) / ln(2) * ${BUCKETS_PER_DOUBLING})`
}

/** The sum of several. */
export function merge(histograms: readonly Histogram[]): Histogram {
  const sum: Histogram = {}
  for (const histogram of histograms) {
    for (const [bucket, n] of Object.entries(histogram)) sum[bucket] = (sum[bucket] ?? 0) + n
  }
  return sum
}

/** The durations below which the given shares (0 to 1) of all lie, in milliseconds; null of an empty histogram. */
export function percentiles(histogram: Histogram, shares: readonly number[]): number[] | null {
  const buckets = Object.entries(histogram)
    .map(([bucket, n]) => ({ bucket: Number(bucket), n }))
    .sort((a, b) => a.bucket - b.bucket)
  const total = buckets.reduce((sum, { n }) => sum + n, 0)
  if (total === 0) return null
  return shares.map((share) => {
    let seen = 0
    const found = buckets.find(({ n }) => {
      seen += n
      return seen >= share * total
    })
    return 2 ** ((found?.bucket ?? 0) / BUCKETS_PER_DOUBLING)
  })
}
