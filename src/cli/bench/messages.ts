// What a benchmark and its engines, which are child processes, say to each other.

export const BENCH_KIND = 'taskproc-bench'
/** How the names of the connections of engines begin, as `pg_stat_activity` shows them. */
export const ENGINE_APPLICATION = 'taskproc bench engine'

/** How an engine is built. */
export interface EngineSetup {
  readonly url: string
  readonly listenUrl: string
  readonly queue: string
  readonly name: string
  readonly workers: number
  readonly fetchLimit: number
  readonly fetchIntervalMs: number
  readonly untilEmpty: boolean
  /** Of so many tasks one fails at its first attempt; 0: none. */
  readonly failOneIn: number
  readonly logLevel: string
}

export type ToEngine =
  | { readonly type: 'start'; readonly setup: EngineSetup }
  | { readonly type: 'go' | 'drain' }

/**
 * What is in a record: three numbers, a code, what it is about and a time by the clock of `nowMs`. A claim tells how
 * many tasks it got and how long it took.
 */
export const RECORD_NUMBERS = 3
export const CODE = { started: 0, done: 1, failed: 2, refused: 3, claim: 4 } as const

export interface EngineEnd {
  /** Statements of the engine, without those of its heartbeat and its LISTEN; each is a round trip. */
  readonly statements: number
  readonly cpuSeconds: number
  readonly peakRssBytes: number
}

export type FromEngine =
  | { readonly type: 'ready' }
  | { readonly type: 'records'; readonly records: Float64Array }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'end'; readonly end: EngineEnd }
