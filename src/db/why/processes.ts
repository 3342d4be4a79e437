// The live processes as `taskproc why` has to know them: what each serves, what it has to do, and how fast it is.
import { STEP_SECONDS, WINDOW_SECONDS } from '../../task/steps.ts'
import type { WhyFacts, WhyProcess, WhyTask } from '../../task/why/facts.ts'
import type { Db } from '../db.ts'
import { IS_CLAIMED, LEASE_LEFT_SECONDS } from '../owner.ts'
import { since } from './since.ts'

const MOST_PROCESSES = 200
const MOST_NAMES = 1000
/**
 * Rows that are looked at for each process and from either end of what it claimed since its oldest claim. What it holds
 * are the newest of them, the oldest, and what it said to run for longest.
 */
const SCANNED_CLAIMS = 2000

/** The live processes, those first that serve the queue and kind of this task. */
export async function readProcesses(db: Db, { queue, kind }: WhyTask): Promise<WhyProcess[]> {
  const values = [queue, kind, MOST_PROCESSES, SCANNED_CLAIMS]
  const { rows } = await db.query<WhyProcess>(PROCESSES, values)
  return rows
}

export type Served = Pick<WhyFacts, 'queues_served' | 'kinds_served'>

/** The queues of those who have a handler for this kind (null: one of them serves all), and all kinds that have one. */
export async function readServed(db: Db, { kind }: Pick<WhyTask, 'kind'>): Promise<Served> {
  const { rows } = await db.query<Served>(SERVED, [kind, MOST_NAMES])
  return rows[0] ?? { queues_served: [], kinds_served: [] }
}

const PROCESSES = `
with live as (
  select p.*, coalesce($1 = any (p.queues), true) as serves_queue, $2 = any (p.kinds) as serves_kind,
    (p.kind_limits ->> $2)::integer as "limit"
  from taskproc.processes p where p.state in ('running', 'draining')
)
select p.name, p.state, p.serves_queue, p.serves_kind, p.workers, p.running, ${since('p.heartbeat_at')} as last_beat_seconds,
  ${LEASE_LEFT_SECONDS} as lease_left_seconds, coalesce((
    select sum(n::float8) from (
      select n from jsonb_array_elements_text(p.counters -> 'settled') with ordinality as step(n, place)
      order by place desc limit ${WINDOW_SECONDS / STEP_SECONDS}) as lately), 0)
    / greatest(1, least(${WINDOW_SECONDS}, ${since('p.started_at')})) as settled_per_second,
  p.crash_limit, p."limit",
  case when p."limit" is not null then (
    select count(*) from (
      (select t.id, t.kind, t.status from taskproc.tasks t
       where ${IS_CLAIMED} order by t.claimed_at limit $4)
      union
      (select t.id, t.kind, t.status from taskproc.tasks t
       where ${IS_CLAIMED} order by t.claimed_at desc limit $4)
      union
      (select t.id, t.kind, t.status from jsonb_to_recordset(p.doing) as run(id bigint)
       join taskproc.tasks t on t.id = run.id where t.claimed_by = p.id)
    ) as claimed
    where claimed.status = 'in_progress' and claimed.kind = $2)::integer end as held,
  extract(epoch from s.wakes_at - now())::float8 as wakes_in_seconds
from live p left join taskproc.sleepers s on s.process_id = p.id
order by (p.state = 'running' and p.serves_queue and p.serves_kind) desc, p.heartbeat_at desc, p.id
limit $3`

const SERVED = `
with live as (
  select p.queues, p.kinds from taskproc.processes p where p.state = 'running' and ${LEASE_LEFT_SECONDS} > 0
), able as (
  select queues from live where $1 = any (kinds)
)
select
  case when not exists (select from able where queues is null) then array(
    select distinct unnest(queues) as name from able order by name limit $2) end as queues_served,
  array(select distinct unnest(kinds) as name from live order by name limit $2) as kinds_served`
