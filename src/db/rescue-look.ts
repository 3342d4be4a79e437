// Whether a rescue has anything to do: what every process asks again and again, in one statement that changes nothing.
import type { TaskId } from '../task/task.ts'
import type { Db } from './pool.ts'

export interface RescueLook {
  /** Somebody stopped beating, was never searched, or left a claim behind. */
  isDue: boolean
  /**
   * Until the next lease of another process can be over; null when there is no other process. Never more than a lease
   * away, and a third of a lease later in the usual case, since everybody beats that often.
   */
  nextExpiryMs: number | null
}

/** Looks for a reason to rescue. `processId` is who asks: its own lease is not waited for. */
export async function lookForRescue(db: Db, processId: TaskId): Promise<RescueLook> {
  const { rows } = await db.query<RescueLook>(LOOK, [processId])
  const [found] = rows
  if (found === undefined) throw new Error('a look for a rescue gave no row')
  return found
}

// What ended is looked at for as long as `rescue` searches it. The order by makes tasks_owner the only index that fits.
const LOOK = `
select
  coalesce(bool_or(case when p.stopped_at is null then p.expires_at < now() else p.swept_at is null or (
    select t.claimed_by from taskproc.tasks t
    where t.claimed_by = p.id and t.claimed_at >= p.claims_since - interval '1 minute' and t.status = 'in_progress'
    order by t.claimed_at limit 1) is not null end), false) as "isDue",
  extract(epoch from min(p.expires_at) filter (where p.stopped_at is null and p.id <> $1) - now())::float8 * 1000
    as "nextExpiryMs"
from (
  select p.*, greatest(p.heartbeat_at, pg_postmaster_start_time()) + p.lease_ms * interval '1 millisecond' as expires_at
  from taskproc.processes p
  where p.stopped_at is null or p.swept_at is null or p.swept_at > now() - interval '10 minutes') as p`
