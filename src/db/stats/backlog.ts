// What waits, by queue and kind: whether any of it is due, and how much of it is for later.
import type { Db } from '../db.ts'
import { LANE } from '../lanes.ts'

export interface Backlog {
  queue: string
  kind: string
  /** Whether a task of it could run now. */
  is_due: boolean
  /** Pending tasks that are not due yet. */
  delayed: number
  /** There are more than were counted. */
  is_more: boolean
}

/** In each lane, so that ten million reminders for next year cost as little as ten thousand. */
const COUNTED_DELAYED = 10_000

/** Its cost is the number of lanes, and of delayed tasks up to a limit in each; never the number of due tasks. */
export async function readBacklog(db: Db): Promise<Backlog[]> {
  const { rows } = await db.query<Backlog>(BACKLOG, [COUNTED_DELAYED])
  return rows
}

// In a lane the index is ordered by run_at: what is later is one range at its end.
const BACKLOG = `
with recursive ${LANE}
select lane.queue, lane.kind, bool_or(first.run_at <= now()) as is_due,
  sum(later.n)::float8 as delayed, bool_or(later.n = $1) as is_more
from lane
cross join lateral (
  select t.run_at from taskproc.tasks t
  where t.claimable and t.queue = lane.queue and t.kind = lane.kind and t.priority = lane.priority
  order by t.run_at, t.id limit 1) as first
cross join lateral (
  select count(*) as n from (
    select from taskproc.tasks t
    where t.claimable and t.queue = lane.queue and t.kind = lane.kind and t.priority = lane.priority
      and t.run_at > now() limit $1) as counted) as later
group by lane.queue, lane.kind
order by lane.queue, lane.kind`
