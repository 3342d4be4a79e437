// taskproc bench enqueue: how fast tasks are put in, one by one by many clients, in batches, and as a stream of lines.
import { readCounters } from '../../db/bench/meter.ts'
import { enqueue } from '../../db/enqueue.ts'
import type { Pool } from '../../db/pool.ts'
import { fallAsleep, wakeUp } from '../../db/sleepers.ts'
import { LIMITS } from '../../task/limits.ts'
import type { NewTask, TaskId } from '../../task/task.ts'
import type { Config } from '../config.ts'
import type { LineAnswer } from '../enqueue/batch.ts'
import { enqueueStream } from '../enqueue/stream.ts'
import type { Measurement } from './bench.ts'
import { nowMs } from './clock.ts'
import { serverCpuSeconds } from './cpu.ts'
import type { Run } from './document.ts'
import { allEnded, LOAD_APPLICATION, noop, withLoadPool } from './load.ts'
import { awaitEnded } from './measure.ts'
import { distribution, thousandths } from './percentiles.ts'
import { costs, perSecond } from './run.ts'
import type { Stage } from './stage.ts'
import { type Insert, timelineOfInserts } from './timeline.ts'

const SINGLES = 10_000
/** Batches are so much faster that a run of as many would be over at once. */
const BATCHED_FACTOR = 10
const BATCH_CLIENTS = 4
/** No process has it: ids begin with 1. */
const SLEEPER = -1
const SLEEPER_MS = 3_600_000

export type EnqueueConfig = Config<'benchTasks' | 'clients' | 'payloadBytes'>

export const ENQUEUE: Measurement<keyof EnqueueConfig> = {
  used: ({ benchTasks = SINGLES }) => ({ benchTasks }),
  act: enqueueRuns,
}

export async function enqueueRuns(stage: Stage, config: EnqueueConfig): Promise<Run[]> {
  const { clients, payloadBytes, benchTasks: singles = SINGLES } = config
  const task = noop(stage, payloadBytes)
  const one = (name: string) => ofClients(stage, { name, task, clients, total: singles, size: 1 })
  const runs = [await one(`single, ${clients} clients`)]
  await fallAsleep(stage.pool, SLEEPER, [stage.queue], SLEEPER_MS)
  runs.push(await one('single, with a sleeper').finally(() => wakeUp(stage.pool, SLEEPER)))
  const total = singles * BATCHED_FACTOR
  const batches = { name: `batches of ${LIMITS.batchRows}`, clients: BATCH_CLIENTS, size: LIMITS.batchRows }
  runs.push(await ofClients(stage, { ...batches, task, total }))
  runs.push(await ofStream(stage, { task, total }))
  return runs
}

interface Load {
  readonly name: string
  readonly task: NewTask
  readonly clients: number
  readonly total: number
  /** Of each insert. */
  readonly size: number
}

/** Clients that insert as fast as they are answered. */
function ofClients(stage: Stage, { name, task, clients, total, size }: Load): Promise<Run> {
  return timed(stage, { name, total, connections: clients }, async (pool, took) => {
    const ids: TaskId[] = []
    let sent = 0
    const client = async () => {
      while (sent < total) {
        stage.signal.throwIfAborted()
        const tasks = Array.from({ length: Math.min(size, total - sent) }, () => task)
        sent += tasks.length
        const askedMs = nowMs()
        for (const id of await enqueue(pool, tasks)) if (id !== null) ids.push(id)
        took({ tasks: tasks.length, askedMs })
      }
    }
    await allEnded(Array.from({ length: clients }, client))
    return ids
  })
}

/** As `enqueue --file` does it: JSON lines, read, checked and inserted. */
function ofStream(stage: Stage, { task, total }: Pick<Load, 'task' | 'total'>): Promise<Run> {
  const line = `${JSON.stringify({ kind: task.kind, queue: task.queue, payload: task.payload })}\n`
  async function* lines(): AsyncGenerator<string> {
    for (let left = total; left > 0; left -= LIMITS.batchRows)
      yield line.repeat(Math.min(left, LIMITS.batchRows))
  }
  return timed(stage, { name: 'stream of lines', total, connections: BATCH_CLIENTS }, async (pool, took) => {
    const ids: TaskId[] = []
    let answeredMs = nowMs()
    const parts = {
      pool,
      defaults: {},
      signal: stage.signal,
      answer: async (answers: readonly LineAnswer[]) => {
        for (const answer of answers) if ('id' in answer) ids.push(answer.id)
        took({ tasks: answers.length, askedMs: answeredMs, isShared: true })
        answeredMs = nowMs()
      },
    }
    await enqueueStream(lines(), parts, { answeredLine: 0, sentLine: 0 })
    return ids
  })
}

interface Answer {
  readonly tasks: number
  readonly askedMs: number
  /** Others were on their way beside it: how long it took by itself is not known. */
  readonly isShared?: boolean
}

async function timed(
  stage: Stage,
  { name, total, connections }: { name: string; total: number; connections: number },
  insert: (pool: Pool, took: (answer: Answer) => void) => Promise<TaskId[]>,
): Promise<Run> {
  stage.note(name)
  const tookMs: number[] = []
  const inserts: Insert[] = []
  const took = ({ tasks, askedMs, isShared = false }: Answer) => {
    const answeredMs = nowMs()
    tookMs.push(answeredMs - askedMs)
    inserts.push({ tasks, answeredMs, tookMs: isShared ? null : answeredMs - askedMs })
  }
  const before = { ...(await readCounters(stage.pool)), cpu: serverCpuSeconds(stage.postmaster) }
  const cpuBefore = process.cpuUsage()
  const { ids, fromMs, untilMs } = await withLoadPool(stage, connections, async (pool) => {
    await Promise.all(Array.from({ length: connections }, () => pool.query('select 1')))
    const beganMs = nowMs()
    const inserted = await insert(pool, took)
    return { ids: inserted, fromMs: beganMs, untilMs: nowMs() }
  })
  stage.own(ids)
  const { user, system } = process.cpuUsage(cpuBefore)
  await awaitEnded(stage, LOAD_APPLICATION)
  const after = { ...(await readCounters(stage.pool)), cpu: serverCpuSeconds(stage.postmaster) }
  const isKnown = before.cpu !== null && after.cpu !== null
  const cost = {
    walBytes: after.walBytes - before.walBytes,
    commits: after.commits - before.commits,
    buffers: after.buffers - before.buffers,
    deadRows: after.deadRows,
    statements: tookMs.length,
    clientCpuSeconds: (user + system) / 1e6,
    serverCpuSeconds: isKnown ? (after.cpu ?? 0) - (before.cpu ?? 0) : null,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  }
  const insertMs = distribution(Float64Array.from(tookMs))
  const different = new Set(ids).size
  const seconds = (untilMs - fromMs) / 1000
  return {
    name,
    engine: null,
    tasks: total,
    seconds: thousandths(seconds),
    tasks_per_second: perSecond(different, seconds),
    startup_ms: null,
    latency_ms: insertMs === null ? {} : { insert: insertMs },
    ...costs(cost, total),
    lost: total - different,
    duplicated: ids.length - different,
    refused: 0,
    timeline: timelineOfInserts(inserts, { fromMs, untilMs }),
    remarks: [],
  }
}
