// taskproc bench: the measurements that tell most, each in a short form, in one table.
import type { Config } from '../config.ts'
import type { Measurement } from './bench.ts'
import type { Run } from './document.ts'
import { drainRuns } from './drain.ts'
import { enqueueRuns } from './enqueue-speed.ts'
import { latencyRuns } from './latency.ts'
import type { Stage } from './stage.ts'
import { steadyRuns } from './steady.ts'

/** Of the full sizes, for who asks for none. */
const SHORT = {
  drain: 10_000,
  tuned: 100_000,
  rate: 500,
  seconds: 5,
  single: 50,
  enqueue: 3_000,
  clients: 16,
}
const PLAIN = { processes: 1, benchWorkers: undefined, benchFetchLimit: undefined }

export const ALL: Measurement<'benchTasks' | 'payloadBytes'> = { used: () => ({}), act: allRuns }

async function allRuns(
  stage: Stage,
  { benchTasks, payloadBytes }: Config<'benchTasks' | 'payloadBytes'>,
): Promise<Run[]> {
  const shared = { ...PLAIN, payloadBytes }
  const sized = (size: number) => benchTasks ?? size
  const { rate, clients } = SHORT
  return [
    ...(await drainRuns(stage, { ...shared, tuned: false, benchTasks: sized(SHORT.drain) })),
    ...(await drainRuns(stage, { ...shared, tuned: true, benchTasks: sized(SHORT.tuned) })),
    ...(await steadyRuns(stage, {
      ...shared,
      tuned: false,
      rate,
      seconds: sized(rate * SHORT.seconds) / rate,
      evenly: false,
    })),
    ...(await latencyRuns(stage, { ...shared, benchTasks: sized(SHORT.single) })),
    // Last, since nobody runs these tasks.
    ...(await enqueueRuns(stage, { payloadBytes, clients, benchTasks: sized(SHORT.enqueue) })),
  ]
}
