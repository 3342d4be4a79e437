// Metrics of the API, and of what every process with one does: notice that others are gone, and rescue what they held.
import type { Events } from '../../task/events.ts'
import { Buckets } from './buckets.ts'
import type { Metrics } from './registry.ts'

interface Answers {
  readonly labels: { readonly method: string; readonly route: string; readonly status: string }
  readonly durations: Buckets
}

export class ApiMetrics {
  readonly #answers = new Map<string, Answers>()
  readonly #rescued = { pending: 0, error: 0, cancelled: 0 }
  readonly #failures = new Map<string, number>()
  #lost = 0

  readonly listeners = {
    'http.answered': ({ method, route, status, tookMs }: Events['http.answered']) => {
      // The method of a request for nothing may be any, and would be a label of its own.
      const labels =
        route === null
          ? { method: 'any', route: 'none', status: `${Math.floor(status / 100)}xx` }
          : { method, route, status: `${Math.floor(status / 100)}xx` }
      const key = `${labels.method} ${labels.route} ${labels.status}`
      const answers = this.#answers.get(key) ?? { labels, durations: new Buckets() }
      this.#answers.set(key, answers)
      answers.durations.add(tookMs)
    },
    'rescue.done': (counts: Events['rescue.done']) => {
      this.#rescued.pending += counts.pending
      this.#rescued.error += counts.error
      this.#rescued.cancelled += counts.cancelled
    },
    'process.lost': ({ names }: Events['process.lost']) => {
      this.#lost += names.length
    },
    'part.failed': ({ part }: Events['part.failed']) => {
      this.#failures.set(part, (this.#failures.get(part) ?? 0) + 1)
    },
  }

  register(metrics: Metrics): void {
    metrics.histogram(
      {
        name: 'taskproc_http_request_duration_seconds',
        help: 'Requests, by method, route and class of status; a stream or a long poll lasts as long as it is open.',
      },
      () => [...this.#answers.values()].map(({ labels, durations }) => [durations, labels] as const),
    )
    metrics.counter(
      {
        name: 'taskproc_rescued_tasks_total',
        help: 'Tasks taken from lost processes by this one, by the status they have then.',
        labels: ['status'],
      },
      (say) => {
        for (const [status, value] of Object.entries(this.#rescued)) say(value, { status })
      },
    )
    metrics.counter(
      {
        name: 'taskproc_lost_processes_total',
        help: 'Processes that this one found silent for longer than their lease.',
      },
      (say) => say(this.#lost),
    )
    metrics.counter(
      {
        name: 'taskproc_part_failures_total',
        help: 'Times that a part of this process could not do its work and tried again.',
        labels: ['part'],
      },
      (say) => {
        for (const [part, value] of this.#failures) say(value, { part })
      },
    )
  }
}
