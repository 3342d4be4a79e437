// taskproc bench latency: an idle system, one task at a time, with pauses of random length before each.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config.ts'
import type { Measurement } from './bench.ts'
import { nowMs } from './clock.ts'
import type { Run } from './document.ts'
import { engineOf, engineUsed } from './drain.ts'
import type { Ledger } from './ledger.ts'
import { enqueueOwn, noop, withLoadPool } from './load.ts'
import { measure } from './measure.ts'
import type { Stage } from './stage.ts'

/** A pause has half to one and a half times of this: no rhythm of the engine's falls together with it. */
const PAUSE_MS = 60
/** The first look of an engine, and the preparation of its statements, are not what one measures. Who asks for few tasks waits less. */
const WARM_UP_MS = 1_500
const WARM_UP_PER_TASK_MS = 60
/** A task that takes longer is left behind; the end of the run waits for it. */
const PATIENCE_MS = 30_000
const LOOK_MS = 5

export type LatencyConfig = Config<
  'benchTasks' | 'processes' | 'payloadBytes' | 'benchWorkers' | 'benchFetchLimit'
>

const TASKS = 300

export const LATENCY: Measurement<keyof LatencyConfig> = {
  used: (config) => ({ ...engineUsed(config, false), benchTasks: config.benchTasks ?? TASKS }),
  act: latencyRuns,
}

export async function latencyRuns(stage: Stage, config: LatencyConfig): Promise<Run[]> {
  const { benchTasks: total = TASKS, payloadBytes, processes } = config
  const during = oneByOne({ total, payloadBytes })
  return [await measure(stage, { name: 'latency, idle', processes, engine: engineOf(config, false), during })]
}

/** Enqueues so many tasks, each when the one before it is finished and a pause is over. */
export function oneByOne({
  total,
  payloadBytes,
}: {
  total: number
  payloadBytes: number
}): (ledger: Ledger, stage: Stage) => Promise<void> {
  return (ledger, stage) =>
    withLoadPool(stage, 1, async (pool) => {
      const task = noop(stage, payloadBytes)
      await pool.query('select 1')
      await sleep(Math.min(WARM_UP_MS, WARM_UP_PER_TASK_MS * total), undefined, { signal: stage.signal })
      for (let index = 0; index < total; index++) {
        stage.signal.throwIfAborted()
        const finished = ledger.finished
        await enqueueOwn(stage, pool, ledger, { tasks: [task], atMs: nowMs() })
        for (const sinceMs = nowMs(); ledger.finished === finished && nowMs() - sinceMs < PATIENCE_MS; )
          await sleep(LOOK_MS, undefined, { signal: stage.signal })
        await sleep(PAUSE_MS * (0.5 + Math.random()))
      }
    })
}
