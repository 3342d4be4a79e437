// taskproc bench drain: how fast a backlog of tasks without work is run.
import type { Config } from '../config.ts'
import type { Measurement } from './bench.ts'
import type { Run } from './document.ts'
import { preload } from './load.ts'
import { measure } from './measure.ts'
import type { Stage } from './stage.ts'

export type DrainConfig = Config<
  'benchTasks' | 'tuned' | 'processes' | 'payloadBytes' | 'benchWorkers' | 'benchFetchLimit'
>

/** What `serve` has without flags. */
export const DEFAULT_ENGINE = { workers: 5, fetchLimit: 10, fetchIntervalMs: 5_000, failOneIn: 0 }
/** What is fastest for tasks that do nothing. */
export const TUNED_ENGINE = { workers: 200, fetchLimit: 2000, fetchIntervalMs: 5_000, failOneIn: 0 }

const TASKS = 30_000
const TUNED_TASKS = 300_000

export const DRAIN: Measurement<keyof DrainConfig> = {
  used: (config) => ({ ...engineUsed(config, config.tuned), benchTasks: tasksOf(config) }),
  act: drainRuns,
}

/** One run: a backlog that is there before the engines start, until nothing is left. */
export async function drainRuns(stage: Stage, config: DrainConfig): Promise<Run[]> {
  const { tuned, processes, payloadBytes } = config
  const total = tasksOf(config)
  const run = await measure(stage, {
    name: `drain, ${tuned ? 'tuned' : 'defaults'}${processes > 1 ? `, ${processes} processes` : ''}`,
    processes,
    engine: engineOf(config, tuned),
    before: (ledger) => preload(stage, ledger, { total, payloadBytes }),
  })
  return [run]
}

function tasksOf({ benchTasks, tuned }: Config<'benchTasks' | 'tuned'>): number {
  return benchTasks ?? (tuned ? TUNED_TASKS : TASKS)
}

/** The settings of the engines, also those that nobody gave. */
export function engineUsed(config: Config<'benchWorkers' | 'benchFetchLimit'>, tuned: boolean) {
  const { workers, fetchLimit } = engineOf(config, tuned)
  return { tuned, benchWorkers: workers, benchFetchLimit: fetchLimit }
}

/** With what the flags say of it. */
export function engineOf(
  { benchWorkers, benchFetchLimit }: Config<'benchWorkers' | 'benchFetchLimit'>,
  tuned: boolean,
) {
  const engine = tuned ? TUNED_ENGINE : DEFAULT_ENGINE
  return {
    ...engine,
    workers: benchWorkers ?? engine.workers,
    fetchLimit: benchFetchLimit ?? engine.fetchLimit,
  }
}
