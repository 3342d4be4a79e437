// What a hint at new work may be about, where a look at all lanes would take long: lanes that are not known yet, and what is
// due later in those that are.
import type { LaneName } from '../task/lane.ts'
import type { Db } from './db.ts'
import { queryPlanned } from './planned.ts'

export interface HintedLane extends LaneName {
  isNew: boolean
  /** Until the first of its tasks is due that is not due yet; null where there is none. */
  dueInMs: number | null
}

/**
 * The lanes of these queues and kinds: the `known` ones, and those that hold a task beside them; of several between two
 * known priorities, the one with the largest. No task of a known lane is read that was due, nor one of another queue or kind,
 * however many dead entries there are: where a look at all lanes takes 100 ms, this takes one.
 */
export async function lookAtQueues(
  db: Db,
  queues: readonly string[],
  kinds: readonly string[],
  known: readonly LaneName[],
): Promise<HintedLane[]> {
  const { rows } = await queryPlanned<HintedLane>(db, HINTED_LANES, [
    queues,
    kinds,
    known.map(({ queue }) => queue),
    known.map(({ kind }) => kind),
    known.map(({ priority }) => priority),
  ])
  return rows
}

// Between two priorities that are next to each other there is nothing to read. Backwards: the newest task of a lane is the
// last one that is dead.
const HINTED_LANES = `
with known as (
  select known.queue, known.kind, known.priority
  from unnest($3::text[], $4::text[], $5::integer[]) as known(queue, kind, priority)
  where known.queue = any ($1::text[]) and known.kind = any ($2::text[])
), edge as (
  select queue, kind, -32769 as priority from unnest($1::text[]) as queue cross join unnest($2::text[]) as kind
  union
  select queue, kind, priority from known
), gap as (
  select queue, kind, priority as above, lead(priority, 1, 32768) over (partition by queue, kind order by priority) as below
  from edge
), lane as (
  select queue, kind, priority, false as is_new from known
  union all
  select gap.queue, gap.kind, found.priority, true
  from gap cross join lateral (
    select t.priority from taskproc.tasks t
    where t.claimable and t.queue = gap.queue and t.kind = gap.kind and t.priority > gap.above and t.priority < gap.below
    order by t.priority desc, t.run_at desc, t.id desc limit 1) as found
)
select lane.queue, lane.kind, lane.priority, lane.is_new as "isNew",
  case when later.run_at is not null then least(extract(epoch from later.run_at - now()) * 1000, 1e15)::float8 end as "dueInMs"
from lane left join lateral (
  select t.run_at from taskproc.tasks t
  where t.claimable and t.queue = lane.queue and t.kind = lane.kind and t.priority = lane.priority and t.run_at > now()
  order by t.run_at, t.id limit 1) as later on true`
