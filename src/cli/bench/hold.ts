// taskproc bench hold: a drain that is clean, one while a snapshot is held, and how long it takes until it is clean again.
import { holdSnapshot } from '../../db/bench/hold.ts'
import type { Config } from '../config.ts'
import type { Measurement } from './bench.ts'
import { nowMs } from './clock.ts'
import type { Run } from './document.ts'
import { engineOf, engineUsed } from './drain.ts'
import { preload } from './load.ts'
import { measure } from './measure.ts'
import type { Stage } from './stage.ts'

const TASKS = 60_000
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
  const runs = [await drain('clean')]
  const release = await holdSnapshot(stage.url)
  try {
    runs.push(await drain('held'))
    for (let goneBy = total; goneBy < config.goneBy; goneBy += total)
      runs.push(await drain(`held, ${goneBy} gone by`))
  } finally {
    await release()
  }
  const releasedMs = nowMs()
  const goal = (runs[0]?.tasks_per_second ?? 0) * CLEAN_SHARE
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
    before: (ledger) => preload(stage, ledger, { total, payloadBytes }),
  })
}
