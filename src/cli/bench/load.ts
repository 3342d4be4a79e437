// The load of a measurement: tasks without work, put in as fast as batches go.
import pLimit from 'p-limit'
import { type FillShape, fill } from '../../db/bench/fill.ts'
import { enqueue } from '../../db/enqueue.ts'
import { createPool, type Pool } from '../../db/pool.ts'
import { LIMITS } from '../../task/limits.ts'
import type { NewTask } from '../../task/task.ts'
import { count, grouped } from '../../telemetry/words.ts'
import { nowMs } from './clock.ts'
import type { Ledger } from './ledger.ts'
import { BENCH_KIND } from './messages.ts'
import type { Stage } from './stage.ts'

/** Enough to keep a small server busy. */
const BATCHES_IN_FLIGHT = 4
const ROWS_PER_FILL = 50_000

/** A task without work, with a payload of so many bytes as JSON (at least those of an empty text). */
export function noop({ queue }: Pick<Stage, 'queue'>, payloadBytes: number): NewTask {
  return { kind: BENCH_KIND, queue, payload: 'x'.repeat(Math.max(0, payloadBytes - 2)) }
}

/** A pool for load; what it did is counted by the server once it is closed. */
export async function withLoadPool<T>(
  { url, queue }: Pick<Stage, 'url' | 'queue'>,
  connections: number,
  use: (pool: Pool) => Promise<T>,
): Promise<T> {
  const pool = createPool({
    url,
    applicationName: `${LOAD_APPLICATION} ${queue}`,
    maxConnections: connections,
  })
  try {
    return await use(pool)
  } finally {
    await pool.end()
  }
}

/** Waits for all, also where one fails: nothing is on its way any more when it throws. */
export async function allEnded(promises: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(promises)
  await Promise.all(promises)
}

export const LOAD_APPLICATION = 'taskproc bench load'

/** Enqueues `total` tasks, due at once, before anybody runs them. */
export async function preload(
  stage: Stage,
  ledger: Ledger,
  { total, payloadBytes }: { total: number; payloadBytes: number },
): Promise<void> {
  const limit = pLimit(BATCHES_IN_FLIGHT)
  const task = noop(stage, payloadBytes)
  const sizes = Array.from({ length: Math.ceil(total / LIMITS.batchRows) }, (_, index) =>
    Math.min(LIMITS.batchRows, total - index * LIMITS.batchRows),
  )
  await withLoadPool(stage, BATCHES_IN_FLIGHT, (pool) =>
    allEnded(
      sizes.map((size) =>
        limit(async () => {
          stage.signal.throwIfAborted()
          await enqueueOwn(stage, pool, ledger, {
            tasks: Array.from({ length: size }, () => task),
            atMs: nowMs(),
          })
          stage.note(`enqueued ${grouped(ledger.expected)} of ${count(total, 'task')}`)
        }),
      ),
    ),
  )
}

/** Puts in tasks that nobody runs, of the kind and in the queue of the stage unless others are named. */
export async function fillWith(
  stage: Stage,
  shape: FillShape,
  { count: total, queue = stage.queue, kind = BENCH_KIND }: { count: number; queue?: string; kind?: string },
): Promise<void> {
  await withLoadPool(stage, 1, async (pool) => {
    for (let filled = 0; filled < total; filled += ROWS_PER_FILL) {
      stage.signal.throwIfAborted()
      stage.note(`filling: ${grouped(filled)} of ${count(total, 'task')}`)
      await fill(pool, shape, { queue, kind, count: Math.min(ROWS_PER_FILL, total - filled) })
    }
  })
}

/** Enqueues a batch whose tasks were meant to be there at `atMs`. */
export async function enqueueOwn(
  stage: Stage,
  pool: Pool,
  ledger: Ledger,
  { tasks, atMs }: { tasks: readonly NewTask[]; atMs: number | readonly number[] },
): Promise<void> {
  const ids = (await enqueue(pool, tasks)).filter((id) => id !== null)
  stage.own(ids)
  for (const [index, id] of ids.entries())
    ledger.enqueued(Number(id), typeof atMs === 'number' ? atMs : (atMs[index] ?? Number.NaN))
}
