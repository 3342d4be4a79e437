// The lanes that hold claimable tasks, and when the first task of each is due.
import type { Lane } from '../task/lane.ts'
import type { Db } from './pool.ts'

/**
 * Every lane of these queues (null: all) and kinds that holds a pending task, the larger priority first. Those of
 * paused queues are left out. Its cost is the number of lanes in the table, not the number of tasks.
 */
export async function readLanes(
  db: Db,
  queues: readonly string[] | null,
  kinds: readonly string[],
): Promise<Lane[]> {
  const { rows } = await db.query<Lane>(LANES, [queues, kinds])
  return rows
}

// A loose index scan: the recursion jumps from one key of tasks_claim to the next larger one.
// https://wiki.postgresql.org/wiki/Loose_indexscan
/** The table `lane (queue, kind, priority)` of a statement that begins `with recursive`: each that holds a pending task. */
export const LANE = `lane as (
  (select queue, kind, priority from taskproc.tasks where claimable order by queue, kind, priority limit 1)
  union all
  (select next.queue, next.kind, next.priority
   from lane cross join lateral (
     select t.queue, t.kind, t.priority from taskproc.tasks t
     where t.claimable and (t.queue, t.kind, t.priority) > (lane.queue, lane.kind, lane.priority)
     order by t.queue, t.kind, t.priority limit 1) as next)
)`

const LANES = `
with recursive ${LANE}
select lane.queue, lane.kind, lane.priority,
       least(extract(epoch from first.run_at - now()) * 1000, 1e15)::float8 as "dueInMs"
from lane cross join lateral (
  select t.run_at from taskproc.tasks t
  where t.claimable and t.queue = lane.queue and t.kind = lane.kind and t.priority = lane.priority
  order by t.run_at, t.id limit 1) as first
where ($1::text[] is null or lane.queue = any ($1)) and lane.kind = any ($2)
  and not exists (select from taskproc.pause_of(lane.queue))
order by lane.priority desc, lane.queue, lane.kind`
