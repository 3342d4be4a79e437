// What a remote worker holds, as the table knows it.
import type { TaskId } from '../../task/task.ts'
import type { Db } from '../db.ts'
import { IS_CLAIMED } from '../owner.ts'

export interface Held {
  id: TaskId
  crashes: number
  cancel_requested: boolean
}

/** Every task in the hands of this process, the oldest claim first. */
export async function readHeld(db: Db, processId: TaskId): Promise<Held[]> {
  const { rows } = await db.query<Held>(HELD, [processId])
  return rows
}

// The range of the index tasks_owner that a rescue would search.
const HELD = `
select t.id, t.crashes, t.cancel_requested
from taskproc.processes p join taskproc.tasks t
  on ${IS_CLAIMED} and t.status = 'in_progress'
where p.id = $1
order by t.claimed_at, t.id`
