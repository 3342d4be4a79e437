// Single tasks that arrive at the same time share an INSERT and its commit: what comes while the database is busy goes
// with the next one. Who comes alone does not wait.
import { enqueueDocuments } from '../db/enqueue.ts'
import { databaseFailure } from '../db/failure.ts'
import type { Pool } from '../db/pool.ts'
import { transaction } from '../db/transaction.ts'
import { LIMITS } from '../task/limits.ts'
import type { NewTask, TaskDocument } from '../task/task.ts'
import type { ApiLimits } from './options.ts'
import { unavailable } from './problem.ts'

/** One commits while the next is being sent; more would only make the batches smaller. */
const STATEMENTS_AT_ONCE = 2

interface Waiting {
  readonly task: NewTask
  readonly bytes: number
  resolve(document: TaskDocument | null): void
  reject(thrown: unknown): void
}

export class SingleTasks {
  readonly #pool: Pool
  readonly #limits: ApiLimits
  #waiting: Waiting[] = []
  #running = 0
  #isScheduled = false

  constructor(pool: Pool, limits: ApiLimits) {
    this.#pool = pool
    this.#limits = limits
  }

  /**
   * Inserts `task` and resolves with its document when that is committed; with null where a live task has its unique key.
   * `bytes` is about its size.
   */
  add(task: NewTask, bytes: number): Promise<TaskDocument | null> {
    // It may have to wait for somebody's transaction: the others must not wait with it.
    if (task.uniqueKey !== undefined) return insertAlone(this.#pool, task)
    if (this.#waiting.length >= this.#limits.tasksWaiting)
      throw unavailable('More tasks arrive than the database takes.', this.#limits.retryAfterMs)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, bytes, resolve, reject })
      this.#schedule()
    })
  }

  /** After the requests that have arrived by now were read. */
  #schedule(): void {
    if (this.#isScheduled || this.#running >= STATEMENTS_AT_ONCE || this.#waiting.length === 0) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#running += 1
      void this.#insert(this.#takeBatch()).finally(() => {
        this.#running -= 1
        this.#schedule()
      })
      this.#schedule()
    })
  }

  #takeBatch(): Waiting[] {
    let bytes = 0
    let rows = 0
    for (const { bytes: more } of this.#waiting) {
      bytes += more
      if (rows > 0 && (rows >= LIMITS.batchRows || bytes > LIMITS.batchBytes)) break
      rows += 1
    }
    return this.#waiting.splice(0, rows)
  }

  async #insert(batch: readonly Waiting[]): Promise<void> {
    try {
      const documents = await enqueueDocuments(
        this.#pool,
        batch.map(({ task }) => task),
      )
      for (const [index, { resolve }] of batch.entries()) resolve(documents[index] ?? null)
    } catch (thrown) {
      const isOneWrong = databaseFailure(thrown) === 'refused' && batch.length > 1
      if (!isOneWrong) for (const { reject } of batch) reject(thrown)
      // Nothing was inserted: each is tried by itself, so that only the wrong one hears of it.
      else for (const one of batch) await this.#insert([one])
    }
  }
}

/** In a transaction of its own, since that bounds the wait for whoever inserts the same key now. */
function insertAlone(pool: Pool, task: NewTask): Promise<TaskDocument | null> {
  return transaction(pool, async (client) => {
    const [document = null] = await enqueueDocuments(client, [task])
    return { commit: true, value: document }
  })
}
