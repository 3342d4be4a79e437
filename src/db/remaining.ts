// Whether anything is left to run for these queues and kinds, here or in any other process.
import type { Db } from './db.ts'
import { LANE } from './lanes.ts'
import { IS_CLAIMED } from './owner.ts'

/**
 * Pending tasks, delayed ones included, or tasks in progress in any process. What is pending in a paused queue waits
 * for an operator and does not count.
 */
export async function isAnythingLeft(
  db: Db,
  queues: readonly string[] | null,
  kinds: readonly string[],
): Promise<boolean> {
  const { rows } = await db.query<{ left: boolean }>(LEFT, [queues, kinds])
  return rows[0]?.left ?? true
}

// What is pending is looked for by lanes: a backlog that nobody here serves, or a paused one, costs a step for each
// lane. Tasks in progress are looked for where they can be: in the range of the index tasks_owner that belongs to a
// process and begins with its oldest claim. A process that stopped holds none. One statement, so one snapshot: what
// goes from one to the other meanwhile is not missed.
const LEFT = `
with recursive ${LANE}
select exists (
    select from lane
    where ($1::text[] is null or lane.queue = any ($1)) and lane.kind = any ($2)
      and not exists (select from taskproc.pause_of(lane.queue)))
  or exists (
    select from taskproc.processes p
    cross join lateral (
      select from taskproc.tasks t
      where ${IS_CLAIMED} and t.status = 'in_progress'
        and ($1::text[] is null or t.queue = any ($1)) and t.kind = any ($2)
      order by t.claimed_at limit 1) as held
    where p.state <> 'stopped') as left`
