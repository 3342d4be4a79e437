// Metrics for Prometheus: a listener that counts events, and a page that is made of what was counted when somebody asks.
import type { Emit, EventName, Events, Totals } from '../task/events.ts'
import { ApiMetrics } from './metrics/api.ts'
import { EngineMetrics, type EngineNumbers } from './metrics/engine.ts'
import { Metrics } from './metrics/registry.ts'
import { registerStore, type StoreNumbers } from './metrics/store.ts'
import { WorkMetrics } from './metrics/work.ts'

interface MetricsPage {
  readonly contentType: string
  readonly body: string
}

/** Of a pool of connections, as `pg` has it. */
interface PoolUse {
  readonly totalCount: number
  readonly idleCount: number
  readonly waitingCount: number
}

export interface ProcessMetrics {
  /** Counts what happens: 0.2 µs for each task. */
  readonly emit: Emit
  /** Where an engine runs in this process; without one there are only those of work, which remote workers do too. */
  watchEngine(status: () => EngineNumbers): void
  watchPool(name: string, pool: PoolUse): void
  /** `read` is asked every 5 s at most. */
  watchStore(version: string, read: () => Promise<StoreNumbers>): void
  render(): Promise<MetricsPage>
}

type Listeners = { readonly [Name in EventName]?: (event: Events[Name]) => void }

/** The metrics of this process: those of Node and of the API at once, others when they are there to be watched. */
export function createMetrics(): ProcessMetrics {
  const metrics = new Metrics()
  const engine = new EngineMetrics()
  const api = new ApiMetrics()
  const work = new WorkMetrics()
  let engineTotals: (() => Totals) | undefined
  const listeners: Listeners = { ...engine.listeners, ...work.listeners, ...api.listeners }
  const pools = new Map<string, PoolUse>()
  metrics.addProcess()
  api.register(metrics)
  work.register(metrics, () => engineTotals?.())
  registerPools(metrics, pools)

  return {
    emit: (name, event) => listeners[name]?.(event),
    watchEngine: (status) => {
      engineTotals = () => status().totals
      engine.register(metrics, status)
    },
    watchPool: (name, pool) => void pools.set(name, pool),
    watchStore: (version, read) => registerStore(metrics, version, read),
    render: () => metrics.render(),
  }
}

function registerPools(metrics: Metrics, pools: ReadonlyMap<string, PoolUse>): void {
  metrics.gauge(
    {
      name: 'taskproc_pool_connections',
      help: 'Connections to the database, by pool (of the engine, of the API) and state.',
      labels: ['pool', 'state'],
    },
    (say) => {
      for (const [pool, { totalCount, idleCount }] of pools) {
        say(idleCount, { pool, state: 'idle' })
        say(totalCount - idleCount, { pool, state: 'busy' })
      }
    },
  )
  metrics.gauge(
    {
      name: 'taskproc_pool_waiting_queries',
      help: 'Queries that wait for a connection of the pool.',
      labels: ['pool'],
    },
    (say) => {
      for (const [pool, { waitingCount }] of pools) say(waitingCount, { pool })
    },
  )
}
