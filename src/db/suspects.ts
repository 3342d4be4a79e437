// Suspects: tasks that one more crash would quarantine. They run alone, so that no neighbour is blamed for them. Whether one
// is due is asked with every look for work (look.ts).
import type { Claim, TaskId } from '../task/task.ts'
import { CLAIM_COLUMNS, CLAIM_SET, type ClaimRow, claimOf } from './claim.ts'
import type { Db } from './db.ts'

/** Claims the suspect that waits longest, for a process that holds nothing else; null when there is none. */
export async function claimSuspect(
  db: Db,
  processId: TaskId,
  minCrashes: number,
  expiresUs: number | null = null,
): Promise<Claim | null> {
  const { rows } = await db.query<ClaimRow>(CLAIM_SUSPECT, [processId, minCrashes, expiresUs])
  const [row] = rows
  return row === undefined ? null : claimOf(row, processId)
}

const CLAIM_SUSPECT = `
${CLAIM_SET}, claimed_at = now(), updated_at = now(),
  attempts = attempts + 1, claim_number = claim_number + 1
where ctid = (
    select t.ctid from taskproc.tasks t join taskproc.processes p on p.id = $1 and p.state = 'running'
    where t.claimable and t.crashes > 0 and t.crashes >= $2 and t.run_at <= now()
      and (p.queues is null or t.queue = any (p.queues)) and t.kind = any (p.kinds)
      and not exists (select from taskproc.pause_of(t.queue))
    order by t.run_at, t.id limit 1
    for update of t skip locked)
  and ($3::float8 is null or (select clock_timestamp() < to_timestamp($3 / 1000000)))
returning ${CLAIM_COLUMNS}`
