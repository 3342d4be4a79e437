// Looking at tasks from a program. A client of the caller's may give a bigint as a text; here an id is a number again.
import type { Db } from '../db/db.ts'
import { readTask as read } from '../db/documents.ts'
import { findLive as find } from '../db/live-keys.ts'
import { type TaskDocument, type TaskId, taskId } from '../task/task.ts'
import type { Queryable } from './enqueue.ts'

/** The document of a task, as every reading command shows it; null where there is none. */
export async function readTask(client: Queryable, id: TaskId): Promise<TaskDocument | null> {
  const task = await read(client as Db, id)
  return task && { ...task, id: taskId(String(task.id)), claim_number: Number(task.claim_number) }
}

/** The live task that has this unique key, which kept another one out; null where none has it any more. */
export async function findLive(client: Queryable, uniqueKey: string): Promise<TaskId | null> {
  const id = (await find(client as Db, [uniqueKey])).get(uniqueKey)
  return id === undefined ? null : taskId(String(id))
}
