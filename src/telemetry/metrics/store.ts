// Metrics of the store: the same from every process that is asked, since there is one store.
import type { Counts } from '../../task/counts.ts'
import { STATUSES } from '../../task/status.ts'
import { keepFresh } from './fresh.ts'
import type { Metrics, Read } from './registry.ts'

/** Queues that have series of their own: those with the most tasks. */
const MOST_QUEUES = 100
/** What all other queues are summed under. */
const OTHER = 'other'
/** Ten processes that are scraped every 15 s ask no more than that. */
const MAX_AGE_MS = 5_000
/** Half of the time after which Prometheus gives up: the rest is told in any case. */
const WAIT_MS = 5_000

/** Who adds up what several processes say would count everything several times. */
const ONE_STORE = 'Of the store, the same from each process: max without (instance), not sum.'

interface QueueNumbers extends Counts {
  readonly queue: string
  readonly paused: boolean
  readonly oldest_pending_seconds: number | null
}

/** As `stats` tells it. */
export interface StoreNumbers {
  readonly queues: readonly QueueNumbers[]
  readonly processes: readonly { readonly state: string }[]
  /** The version of the server. */
  readonly postgres: string
}

/** `version` is that of the program. */
export function registerStore(
  metrics: Metrics,
  version: string,
  readStore: () => Promise<StoreNumbers>,
): void {
  const fresh = keepFresh(readStore, { maxAgeMs: MAX_AGE_MS, waitMs: WAIT_MS })
  const whenRead =
    (say: (store: StoreNumbers, tell: Parameters<Read>[0]) => void): Read =>
    async (tell) => {
      const store = await fresh()
      if (store !== undefined) say(store, tell)
    }

  metrics.gauge(
    {
      name: 'taskproc_build_info',
      help: 'Always 1; the versions are its labels.',
      labels: ['version', 'node', 'postgres'],
    },
    async (say) => {
      const postgres = (await fresh())?.postgres ?? 'unknown'
      say(1, { version, node: process.version, postgres })
    },
  )
  metrics.gauge(
    {
      name: 'taskproc_store_up',
      help: 'Whether the numbers of the store could be read within 5 s; where not, they are absent.',
    },
    async (say) => say((await fresh()) === undefined ? 0 : 1),
  )
  metrics.gauge(
    {
      name: 'taskproc_tasks',
      help: `Tasks in the store, by queue and status. ${ONE_STORE}`,
      labels: ['queue', 'status'],
    },
    whenRead(({ queues }, say) => {
      for (const { queue, ...numbers } of boundedQueues(queues))
        for (const status of STATUSES) say(numbers[status], { queue, status })
    }),
  )
  metrics.gauge(
    {
      name: 'taskproc_oldest_pending_seconds',
      help: `Age of the oldest task that is due and not claimed; 0 where there is none. ${ONE_STORE}`,
      labels: ['queue'],
    },
    whenRead(({ queues }, say) => {
      for (const { queue, oldest_pending_seconds } of boundedQueues(queues))
        say(oldest_pending_seconds ?? 0, { queue })
    }),
  )
  metrics.gauge(
    {
      name: 'taskproc_queue_paused',
      help: `Whether nothing of the queue is claimed. ${ONE_STORE}`,
      labels: ['queue'],
    },
    whenRead(({ queues }, say) => {
      for (const { queue, paused } of boundedQueues(queues)) say(paused ? 1 : 0, { queue })
    }),
  )
  metrics.gauge(
    {
      name: 'taskproc_processes',
      help: `Processes by state; of those that have ended, the ones of the last hour. ${ONE_STORE}`,
      labels: ['state'],
    },
    whenRead(({ processes }, say) => {
      const counts = new Map(['running', 'draining', 'stopped', 'lost'].map((state) => [state, 0]))
      for (const { state } of processes) counts.set(state, (counts.get(state) ?? 0) + 1)
      for (const [state, value] of counts) say(value, { state })
    }),
  )
}

/** The largest by themselves, and the rest as one; a queue that has the name of the rest is one of them. */
export function boundedQueues(queues: readonly QueueNumbers[]): QueueNumbers[] {
  const sizeOf = (numbers: QueueNumbers) => STATUSES.reduce((sum, status) => sum + numbers[status], 0)
  const ranked = [...queues].sort((a, b) => sizeOf(b) - sizeOf(a) || (a.queue < b.queue ? -1 : 1))
  const shown = new Set(ranked.slice(0, MOST_QUEUES).map(({ queue }) => queue))
  if (ranked.length > MOST_QUEUES) shown.delete(OTHER)
  const rest = ranked.filter(({ queue }) => !shown.has(queue))
  return [...ranked.filter(({ queue }) => shown.has(queue)), ...(rest.length > 0 ? [sum(rest)] : [])]
}

function sum(queues: readonly QueueNumbers[]): QueueNumbers {
  const counts = Object.fromEntries(
    STATUSES.map((status) => [status, queues.reduce((total, queue) => total + queue[status], 0)]),
  ) as Record<(typeof STATUSES)[number], number>
  const ages = queues.flatMap(({ oldest_pending_seconds }) => oldest_pending_seconds ?? [])
  return {
    ...counts,
    queue: OTHER,
    paused: queues.every(({ paused }) => paused),
    oldest_pending_seconds: ages.length === 0 ? null : Math.max(...ages),
  }
}
