// taskproc bench churn: a backlog of which a tenth fails at its first attempt and comes back after a backoff.
import type { Config } from '../config.ts'
import type { Measurement } from './bench.ts'
import type { Run } from './document.ts'
import { engineOf, engineUsed } from './drain.ts'
import { preload } from './load.ts'
import { measure } from './measure.ts'
import type { Stage } from './stage.ts'

const FAIL_ONE_IN = 10
const TASKS = 20_000
const TUNED_TASKS = 100_000

type ChurnConfig = Config<
  'benchTasks' | 'tuned' | 'processes' | 'payloadBytes' | 'benchWorkers' | 'benchFetchLimit'
>

export const CHURN: Measurement<keyof ChurnConfig> = {
  used: (config) => ({ ...engineUsed(config, config.tuned), benchTasks: tasksOf(config) }),
  act: churnRuns,
}

async function churnRuns(stage: Stage, config: ChurnConfig): Promise<Run[]> {
  const { tuned, processes, payloadBytes } = config
  const total = tasksOf(config)
  const run = await measure(stage, {
    name: 'churn, 1 in 10 fails',
    processes,
    engine: { ...engineOf(config, tuned), failOneIn: FAIL_ONE_IN },
    before: (ledger) => preload(stage, ledger, { total, payloadBytes }),
  })
  return [run]
}

function tasksOf({ benchTasks, tuned }: Config<'benchTasks' | 'tuned'>): number {
  return benchTasks ?? (tuned ? TUNED_TASKS : TASKS)
}
