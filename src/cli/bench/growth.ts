// taskproc bench growth: a drain and the latency of single tasks, beside ever more that is finished, in the future, of a
// kind that nobody serves, or in a queue that is paused.
import { empty, type FillShape } from '../../db/bench/fill.ts'
import { tidy } from '../../db/bench/tidy.ts'
import { pause } from '../../db/queues.ts'
import { grouped } from '../../telemetry/words.ts'
import type { Config } from '../config.ts'
import type { Measurement } from './bench.ts'
import type { Run } from './document.ts'
import { DEFAULT_ENGINE, engineOf, engineUsed } from './drain.ts'
import { oneByOne } from './latency.ts'
import { fillWith, preload } from './load.ts'
import { measure } from './measure.ts'
import { BENCH_KIND } from './messages.ts'
import type { Stage } from './stage.ts'

const TASKS = 20_000
const SINGLE_TASKS = 50

type GrowthConfig = Config<
  'benchTasks' | 'finished' | 'backlog' | 'processes' | 'payloadBytes' | 'benchWorkers' | 'benchFetchLimit'
>

export const GROWTH: Measurement<keyof GrowthConfig> = {
  used: (config) => ({ ...engineUsed(config, true), benchTasks: config.benchTasks ?? TASKS }),
  act: growthRuns,
  needsScratch: true,
}

async function growthRuns(stage: Stage, config: GrowthConfig): Promise<Run[]> {
  const { finished, backlog } = config
  const paused = `${stage.queue}-paused`
  const runs = await beside(stage, config, 'empty')
  const tenth = Math.round(finished / 10)
  await fillWith(stage, 'finished', { count: tenth })
  runs.push(...(await beside(stage, config, `${grouped(tenth)} finished`)))
  await fillWith(stage, 'finished', { count: finished - tenth })
  runs.push(...(await beside(stage, config, `${grouped(finished)} finished`)))
  const shapes: [string, FillShape, { queue?: string; kind?: string }][] = [
    ['in the future', 'future', {}],
    ['unserved', 'pending', { kind: `${BENCH_KIND}-unserved` }],
    ['paused', 'pending', { queue: paused }],
  ]
  await pause(stage.pool, paused)
  for (const [what, shape, changes] of shapes) {
    await empty(stage.pool)
    await fillWith(stage, shape, { count: backlog, ...changes })
    runs.push(...(await beside(stage, config, `${grouped(backlog)} ${what}`)))
  }
  return runs
}

/** A drain, and single tasks on an idle system. */
async function beside(stage: Stage, config: GrowthConfig, name: string): Promise<Run[]> {
  const { benchTasks, processes, payloadBytes } = config
  const drain = await measure(stage, {
    name,
    processes,
    engine: engineOf(config, true),
    before: async (ledger) => {
      await preload(stage, ledger, { total: benchTasks ?? TASKS, payloadBytes })
      await tidy(stage.url, { vacuum: true })
    },
    // Until these are finished: a table with tasks in the future is never empty.
    during: async () => {},
  })
  const single = await measure(stage, {
    name: `${name}, idle`,
    processes: 1,
    engine: DEFAULT_ENGINE,
    during: oneByOne({ total: Math.min(benchTasks ?? TASKS, SINGLE_TASKS), payloadBytes }),
  })
  return [drain, single]
}
