// What an engine is built from, and what it says of itself. Everything is given; nothing is read from the environment.
import type { Pool } from '../db/pool.ts'
import type { Registry } from '../handlers/handler.ts'
import type { Emit, Totals } from '../task/events.ts'
import type { Claim } from '../task/task.ts'

export interface EngineOptions {
  pool: Pool
  /** For the beats, on a connection of their own. */
  databaseUrl: string
  /** For LISTEN, which needs a direct way to the server: it does not work through a transaction pooler. */
  listenUrl: string
  /** What the process is called everywhere; no two live processes share one. */
  name: string
  /** Of the program. */
  version: string
  registry: Registry
  /** null: every queue. */
  queues: readonly string[] | null
  workers: number
  fetchIntervalMs: number
  fetchLimit: number
  drainTimeoutMs: number
  leaseMs: number
  /** A main thread that is silent for longer does not keep its lease. */
  blockedLimitMs: number
  /** A task whose process died this often under it is quarantined. */
  crashLimit: number
  /** What finished longer ago is deleted; undefined: nothing is. */
  retainMs: number | undefined
  /** Drain when no task of these queues and kinds is pending or running any more, anywhere. */
  untilEmpty: boolean
  emit: Emit
}

/** How a drain ended. */
export interface DrainReport {
  /** Running tasks that were stopped and given back, because the drain timed out or was aborted. */
  aborted: number
  /** The timeout ended it, and no abort. */
  timedOut: boolean
  /** Claims whose outcome could not be written: their tasks run again when the lease is over. */
  unsettled: number
  totals: Totals
}

interface Running {
  claim: Claim
  /** Counts from 1. */
  worker: number
  forMs: number
  /** How far the handler says it is, 0 to 1. */
  progress: number | null
}

/** What an engine is doing right now. */
export interface EngineStatus {
  state: 'running' | 'draining' | 'stopped'
  workers: number
  /** Claimed, and no worker has begun it. */
  waiting: number
  running: readonly Running[]
  /** Until the drain timeout; null when not draining. */
  drainLeftMs: number | null
  /** Since the last beat that renewed the lease was sent; null while the process has no row. */
  beatAgeMs: number | null
  totals: Totals
}

export interface Engine {
  /** Registers the process and begins to claim. Throws when the database cannot be used. */
  start(): Promise<void>
  /** Stops taking; returns at once. What runs may finish until the drain timeout. Safe twice. */
  drain(): void
  /** Stops working: what runs is aborted and given back. Safe twice. */
  abort(): void
  /** Resolves when the engine has stopped, however that began. */
  readonly finished: Promise<DrainReport>
  status(): EngineStatus
}
