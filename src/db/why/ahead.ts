// What is claimed before a pending task: due tasks of larger priority, and those before it in its lane. Counted up to a bound.
import type { TaskId } from '../../task/task.ts'
import type { WhyAhead } from '../../task/why/facts.ts'
import type { Db } from '../db.ts'
import { LANE } from '../lanes.ts'
import { LEASE_END } from '../owner.ts'

/** Whoever waits behind more than this has enough to know. */
const COUNTED_TO = 10_001
/** Processes that serve the same are one group; a fleet has few. */
const MOST_GROUPS = 5

/**
 * What the luckiest of the processes that serve this task has before it. A kind with a limit holds nobody up: beyond
 * its limit its tasks are passed over.
 */
export async function readAhead(db: Db, id: TaskId): Promise<WhyAhead | null> {
  const { rows } = await db.query<WhyAhead>(AHEAD, [id, COUNTED_TO, MOST_GROUPS])
  return rows[0] ?? null
}

// Each count reads the index tasks_claim in its order, and ends at the bound. Without the order the planner might read
// the table from its start, where in an old one only finished rows are.
const AHEAD = `
with recursive ${LANE}, task as (
  select * from taskproc.tasks where id = $1 and claimable
), groups as (
  select distinct p.queues, p.kinds, array(select jsonb_object_keys(p.kind_limits)) as limited
  from taskproc.processes p join task t on (p.queues is null or t.queue = any (p.queues)) and t.kind = any (p.kinds)
  where p.state = 'running'
    and ${LEASE_END} > now()
  limit $3
), open as (
  select lane.* from lane where not exists (select from taskproc.pause_of(lane.queue))
), higher as (
  select (
    select count(*)::integer from (
      select from (
        select open.* from open join task on open.priority > task.priority
        where (groups.queues is null or open.queue = any (groups.queues)) and open.kind = any (groups.kinds)
          and open.kind <> all (groups.limited)
        order by open.priority desc) as before
      cross join lateral (
        select from taskproc.tasks t
        where t.claimable and t.queue = before.queue and t.kind = before.kind and t.priority = before.priority
          and t.run_at <= now()
        order by t.run_at, t.id limit $2) as due
      limit $2) as counted) as n
  from groups
)
select coalesce((select min(n) from higher), 0) as higher_priority, $2::integer as counted_to, (
  select count(*)::integer from (
    select from taskproc.tasks t
    where t.claimable and t.queue = task.queue and t.kind = task.kind and t.priority = task.priority
      and (t.run_at, t.id) < (task.run_at, task.id)
    order by t.run_at, t.id limit $2) as counted) as earlier
from task`
