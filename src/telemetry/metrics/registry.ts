// The one way to prom-client: metrics whose numbers live elsewhere, as plain numbers, and are looked up when somebody scrapes.
import { Counter, collectDefaultMetrics, Gauge, type Histogram, Registry } from 'prom-client'
import type { Buckets, Sample } from './buckets.ts'

type Labels = Readonly<Record<string, string>>
/** Called for each series, once in a scrape. */
type Say = (value: number, labels?: Labels) => void

interface Metric {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

/** Says all its series; one that it leaves out is absent. */
export type Read = (say: Say) => void | Promise<void>

/** Those of prom-client that are gauges and are named as only counters may be. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

export class Metrics {
  readonly #registry = new Registry()

  /** CPU, memory, file descriptors, garbage collection and the lag of the event loop. */
  addProcess(): void {
    collectDefaultMetrics({ register: this.#registry })
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name)
  }

  gauge({ name, help, labels = [] }: Metric, read: Read): void {
    const gauge: Gauge = new Gauge({
      ...{ name, help, labelNames: [...labels], registers: [this.#registry] },
      collect: () =>
        collected(read, (series) => {
          gauge.reset()
          for (const { value, labels } of series) gauge.set(labels, value)
        }),
    })
  }

  counter({ name, help, labels = [] }: Metric, read: Read): void {
    const counter: Counter = new Counter({
      ...{ name, help, labelNames: [...labels], registers: [this.#registry] },
      collect: () =>
        collected(read, (series) => {
          counter.reset()
          for (const { value, labels } of series) counter.inc(labels, value)
        }),
    })
  }

  /**
   * Not the histogram of prom-client, which takes 300 ns for an observation: what a registry asks of a metric is this,
   * although its types want an object of its own classes.
   */
  histogram({ name, help }: Metric, read: () => Iterable<readonly [Buckets, Labels]>): void {
    const get = () => {
      const values: Sample[] = []
      for (const [buckets, labels] of read()) values.push(...buckets.samples(name, labels))
      return Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values })
    }
    this.#registry.registerMetric({ name, get } as unknown as Histogram)
  }

  async render(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() }
  }
}

/** All series at once: two scrapes at the same time must not see each other's halves. */
async function collected(
  read: Read,
  take: (series: readonly { value: number; labels: Record<string, string> }[]) => void,
): Promise<void> {
  const series: { value: number; labels: Record<string, string> }[] = []
  await read((value, labels = {}) => void series.push({ value, labels }))
  take(series)
}
