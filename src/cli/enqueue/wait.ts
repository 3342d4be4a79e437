// Waiting for the end of a task, by looking: at first often, then ever later.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from '../../db/db.ts'
import { readTask } from '../../db/documents.ts'
import { ExpectedError } from '../../errors.ts'
import { FINISHED } from '../../task/status.ts'
import type { TaskDocument, TaskId } from '../../task/task.ts'

const FIRST_LOOK_MS = 25
const LAST_LOOK_MS = 1_000
/** Who waits for an hour does not mind a second; who waits for 100 ms would. */
const GROWTH = 1.25

/** The task when it has finished. */
export async function waitForTask(db: Db, id: TaskId, signal: AbortSignal): Promise<TaskDocument> {
  for (let delayMs = FIRST_LOOK_MS; ; delayMs = Math.min(LAST_LOOK_MS, delayMs * GROWTH)) {
    const task = await readTask(db, id)
    if (task === null) throw new ExpectedError(`#${id} is gone: somebody has deleted it`, 'Enqueue it again.')
    if (FINISHED.includes(task.status)) return task
    await sleep(delayMs, undefined, { signal })
  }
}
