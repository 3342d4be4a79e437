// taskproc bench hold: drains that are clean, others while a snapshot is held, and how long it takes until they are clean again.
import { holdSnapshot } from '../../db/bench/hold.ts'
import { tidy } from '../../db/bench/tidy.ts'
import type { Config } from '../config.ts'
import type { Measurement } from './bench.ts'
import { nowMs } from './clock.ts'
import type { Run } from './document.ts'
import { engineOf, engineUsed } from './drain.ts'
import { fillWith, preload } from './load.ts'
import { measure } from './measure.ts'
import type { Stage } from './stage.ts'

const TASKS = 60_000
/** What the others are compared with is the median of so many: one alone is as fast as the machine happens to be. */
const CLEAN_RUNS = 3
/** Of the clean throughput, from which on it counts as clean again. */
const CLEAN_SHARE = 0.95

type HoldConfig = Config<
  'benchTasks' | 'goneBy' | 'recoveryMs' | 'processes' | 'payloadBytes' | 'benchWorkers' | 'benchFetchLimit'
>

export const HOLD: Measurement<keyof HoldConfig> = {
  used: (config) => ({ ...engineUsed(config, true), benchTasks: config.benchTasks ?? TASKS }),
  act: holdRuns,
}

async function holdRuns(stage: Stage, config: HoldConfig): Promise<Run[]> {
  const total = config.benchTasks ?? TASKS
  const drain = (name: string) => drainOnce(stage, config, { name, total })
  // As many as will go by: a table that outgrows the memory of the server meanwhile would look like the snapshot's doing.
  if (isScratch(stage)) await fillWith(stage, 'finished', { count: config.goneBy })
  const runs: Run[] = []
  for (let run = 1; run <= CLEAN_RUNS; run++) runs.push(await drain(`clean, ${run} of ${CLEAN_RUNS}`))
  const goal = median(runs.map(({ tasks_per_second }) => tasks_per_second)) * CLEAN_SHARE
  const release = await holdSnapshot(stage.url)
  try {
    runs.push(await drain('held'))
    for (let goneBy = total; goneBy < config.goneBy; goneBy += total)
      runs.push(await drain(`held, ${goneBy} gone by`))
  } finally {
    await release()
  }
  const releasedMs = nowMs()
  for (let isOver = false; !isOver; ) {
    const seconds = Math.round((nowMs() - releasedMs) / 1000)
    const run = await drain(`released for ${seconds} s`)
    runs.push(run)
    isOver = run.tasks_per_second >= goal || nowMs() - releasedMs >= config.recoveryMs
  }
  return runs
}

function drainOnce(
  stage: Stage,
  { processes, payloadBytes, ...config }: HoldConfig,
  { name, total }: { name: string; total: number },
): Promise<Run> {
  return measure(stage, {
    name,
    processes,
    engine: engineOf(config, true),
    before: async (ledger) => {
      await preload(stage, ledger, { total, payloadBytes })
      if (isScratch(stage)) await tidy(stage.url, { vacuum: false })
    },
  })
}

function isScratch({ environment }: Stage): boolean {
  return environment.place === 'scratch'
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
