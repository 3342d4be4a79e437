// Who has a unique_key: the live task that kept another one out.
import type { TaskId } from '../task/task.ts'
import type { Db } from './db.ts'

/** The live task of each of these keys; a key whose task has finished meanwhile is left out. */
export async function findLive(db: Db, keys: readonly string[]): Promise<Map<string, TaskId>> {
  const { rows } = await db.query<{ key: string; id: TaskId }>(LIVE, [keys])
  return new Map(rows.map(({ key, id }) => [key, id]))
}

const LIVE = `
select unique_lock as key, id from taskproc.tasks where unique_lock = any ($1::text[]) and unique_lock is not null`
