// Strays: tasks that the table says this process holds, and that it does not know of. The answer to their claim was lost
// with its connection. Nobody else may rescue them while this process lives, so it gives them back itself.

import type { TaskId } from '../task/task.ts'
import { TOLD_BACK } from './back.ts'
import type { Db } from './db.ts'
import { CLOCK_SLACK } from './owner.ts'
import { tallied } from './tallies.ts'

/**
 * Releases what this process owns and does not hold, and returns the ids. No claim may be on its way while this runs:
 * what it is about to bring would be taken for a stray. `beforeUs` (by the clock of the database) is when it was asked:
 * carried out late, it must not touch what was claimed since. `sinceUs`: no claim whose answer was lost is from before it;
 * what this process holds may be hours older, and at full speed it has claimed 100 million tasks since.
 */
export async function releaseStrays(
  db: Db,
  processId: TaskId,
  heldIds: readonly TaskId[],
  beforeUs: number | null = null,
  sinceUs: number | null = null,
): Promise<TaskId[]> {
  const { rows } = await db.query<{ id: TaskId }>(RELEASE_STRAYS, [processId, heldIds, beforeUs, sinceUs])
  return rows.map((row) => row.id)
}

const RELEASE_STRAYS = `
with released as (
  update taskproc.tasks t set
    status = case when t.cancel_requested then 'cancelled' else 'pending' end,
    attempts = t.attempts - 1,
    claimed_by = case when t.cancel_requested then t.claimed_by end,
    claimed_at = case when t.cancel_requested then t.claimed_at end,
    finished_at = case when t.cancel_requested then now() end,
    updated_at = now()
  from taskproc.processes p
  where p.id = $1 and t.claimed_by = p.id
    and t.claimed_at >= greatest(p.claims_since, to_timestamp($4::float8 / 1000000)) - ${CLOCK_SLACK}
    and t.status = 'in_progress' and t.id <> all ($2::bigint[])
    and ($3::float8 is null or t.claimed_at <= to_timestamp($3 / 1000000))
  returning t.id, t.queue, t.kind, t.status, t.attempts + 1 as attempt, p.name
), logged as (
  insert into taskproc.task_logs (task_id, attempt, process, event, level, message)
  select id, attempt, name, 'released', 'warn', 'the answer to its claim was lost' from released
), woken as (
  select ${TOLD_BACK} from released where status = 'pending' group by queue
), ${tallied(`
  select queue, kind, 0 as done, 0 as error, 1 as cancelled from released where status = 'cancelled'`)}
select id, (select count(*) from woken) as woken from released`
