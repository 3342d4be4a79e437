// Which queues there are. A queue exists by being used: this is what tells one that is new from one that is mistyped.
import type { Db } from './db.ts'
import { LANE } from './lanes.ts'

/**
 * The names of all queues that have a task or had one that a process counted, that a live process serves by their names,
 * or that a schedule names. Its cost does not grow with the number of tasks.
 */
export async function readKnownQueues(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(KNOWN, [NOT_YET_TOLD])
  return rows.map(({ name }) => name)
}

/** What a process claimed since its last beat is in no counter yet: so many of its newest claims are looked at. */
const NOT_YET_TOLD = 1_000

const KNOWN = `
with recursive ${LANE}
select queue as name from lane
union select unnest(queues) from taskproc.processes where state in ('running', 'draining')
union select jsonb_object_keys(counters -> 'kinds') from taskproc.processes where jsonb_typeof(counters -> 'kinds') = 'object'
union select queue from taskproc.tallies
union select queue from taskproc.schedules
union select newest.queue from taskproc.processes p cross join lateral (
  select t.queue from taskproc.tasks t where t.claimed_by = p.id order by t.claimed_at desc limit $1) newest
  where p.state in ('running', 'draining')
order by name`
