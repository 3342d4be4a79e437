// Durations counted in the buckets of a Prometheus histogram, at the price of two additions for each.

/**
 * Upper bounds in seconds. From an idle queue that starts a task in a millisecond to a run of half an hour; between two
 * of them a percentile is read by interpolation.
 */
const BOUNDS_S = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800,
] as const
const BOUNDS_MS = BOUNDS_S.map((seconds) => seconds * 1000)

export interface Sample {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

export class Buckets {
  /** By bucket, not cumulative; the last is for what is above every bound. */
  readonly #counts: number[] = Array.from({ length: BOUNDS_MS.length + 1 }, () => 0)
  #sumMs = 0

  add(durationMs: number): void {
    let bucket = 0
    while (durationMs > (BOUNDS_MS[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#sumMs += durationMs
  }

  /** As Prometheus wants them: cumulative, with the sum in seconds. */
  samples(name: string, labels: Sample['labels']): Sample[] {
    let count = 0
    const samples: Sample[] = this.#counts.map((inBucket, bucket) => {
      count += inBucket
      return {
        metricName: `${name}_bucket`,
        labels: { ...labels, le: BOUNDS_S[bucket] ?? '+Inf' },
        value: count,
      }
    })
    samples.push({ metricName: `${name}_sum`, labels, value: this.#sumMs / 1000 })
    samples.push({ metricName: `${name}_count`, labels, value: count })
    return samples
  }
}
