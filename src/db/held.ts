// What a process holds, counted from the rows. A beat tells it of those that beat; of one that is silent only the rows know.
import { IS_CLAIMED, LEASE_END } from './owner.ts'

/**
 * Rows that are looked at from either end of what it claimed since its oldest claim: who died at full speed had claimed a
 * million. What it held are the newest of them, and the oldest, and what it said to run for longest; some 10 ms.
 */
const SCANNED_CLAIMS = 10_000

/** Of `processes p` in SQL: it should be alive, and its lease is over. */
export const IS_SILENT = `(p.state in ('running', 'draining') and ${LEASE_END} <= now())`

/** Of `processes p` in SQL: how many tasks in progress are its own. For one that is silent; those that beat say it. */
export const HELD = `(
  select count(*)::integer from (
    (select t.id, t.status from taskproc.tasks t where ${IS_CLAIMED} order by t.claimed_at limit ${SCANNED_CLAIMS})
    union
    (select t.id, t.status from taskproc.tasks t where ${IS_CLAIMED} order by t.claimed_at desc limit ${SCANNED_CLAIMS})
    union
    (select t.id, t.status from jsonb_to_recordset(p.doing) as run(id bigint)
     join taskproc.tasks t on t.id = run.id where t.claimed_by = p.id)
  ) as claimed where claimed.status = 'in_progress')`
