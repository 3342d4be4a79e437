// Who hears what happens in a process that serves the API: its log and its metrics.
import type { Emit } from '../../task/events.ts'
import type { Log } from '../../telemetry/log.ts'
import type { ProcessMetrics } from '../../telemetry/metrics.ts'
import { createObserver } from '../../telemetry/observe.ts'

export interface Listening {
  readonly emit: Emit
  readonly metrics: ProcessMetrics
}

/** A listener that hands every event to the log and to the metrics. */
export async function listenWithMetrics(log: Log): Promise<Listening> {
  // Loaded on demand: a process without the API has nobody to show them to.
  const { createMetrics } = await import('../../telemetry/metrics.ts')
  const metrics = createMetrics()
  const observe = createObserver(log)
  const emit: Emit = (name, event) => {
    metrics.emit(name, event)
    observe(name, event)
  }
  return { emit, metrics }
}
