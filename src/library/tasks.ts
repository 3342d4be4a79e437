// Looking at a task from a program.
import { readTask as read } from '../db/documents.ts'
import type { Db } from '../db/pool.ts'
import { type TaskDocument, type TaskId, taskId } from '../task/task.ts'
import type { Queryable } from './enqueue.ts'

/** The document of a task, as every reading command shows it; null where there is none. */
export async function readTask(client: Queryable, id: TaskId): Promise<TaskDocument | null> {
  const task = await read(client as Db, id)
  // A client of the caller's may give a bigint as a text.
  return task && { ...task, id: taskId(String(task.id)), claim_number: Number(task.claim_number) }
}
