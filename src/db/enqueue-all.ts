// Enqueue many, all or none: one transaction, however many batches.
import { LIMITS } from '../task/limits.ts'
import type { NewTask, TaskId } from '../task/task.ts'
import { enqueue } from './enqueue.ts'
import { findLive } from './live-keys.ts'
import type { Pool } from './pool.ts'
import { transaction } from './transaction.ts'

export interface Taken {
  /** Which of the tasks was kept out. */
  index: number
  uniqueKey: string
  /** The live task that has its key; undefined where that has just finished. */
  live: TaskId | undefined
}

type InsertedAll = { ids: TaskId[] } | { taken: Taken[] }

/** Inserts all of `tasks` and returns their ids, or none and returns which are kept out by a live task with their unique key. */
export function enqueueAll(pool: Pool, tasks: readonly NewTask[]): Promise<InsertedAll> {
  return transaction<InsertedAll>(pool, async (client) => {
    const ids: (TaskId | null)[] = []
    for (let first = 0; first < tasks.length; first += LIMITS.batchRows)
      ids.push(...(await enqueue(client, tasks.slice(first, first + LIMITS.batchRows))))
    const keptOut = ids.flatMap((id, index) =>
      id === null ? [{ index, uniqueKey: tasks[index]?.uniqueKey ?? '' }] : [],
    )
    if (keptOut.length === 0) return { commit: true, value: { ids: ids.filter((id) => id !== null) } }
    const live = await findLive(
      client,
      keptOut.map(({ uniqueKey }) => uniqueKey),
    )
    const taken = keptOut.map((one) => ({ ...one, live: live.get(one.uniqueKey) }))
    return { commit: false, value: { taken } }
  })
}
