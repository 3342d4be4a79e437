// Who waits for work: an enqueue notifies only where somebody does.
import type { TaskId } from '../task/task.ts'
import type { Db } from './db.ts'
import { queryPlanned } from './planned.ts'

/** Says that this process sleeps for at most `forMs`. It must look for work once more after this, and only then wait. */
export async function fallAsleep(
  db: Db,
  processId: TaskId,
  queues: readonly string[] | null,
  forMs: number,
): Promise<void> {
  await queryPlanned(db, ASLEEP, [processId, queues, Math.ceil(forMs)])
}

const ASLEEP = `
insert into taskproc.sleepers (process_id, queues, wakes_at) values ($1, $2, now() + $3 * interval '1 millisecond')
on conflict (process_id) do update set wakes_at = excluded.wakes_at`

/** Nobody has to notify this process any more. Safe twice. */
export async function wakeUp(db: Db, processId: TaskId): Promise<void> {
  await db.query('delete from taskproc.sleepers where process_id = $1', [processId])
}
