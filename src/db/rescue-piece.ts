// One piece of a rescue: reads a bounded number of what processes claimed that ended, and gives back what they still hold.

import type { TaskId } from '../task/task.ts'
import { TOLD_BACK } from './back.ts'
import type { Db } from './db.ts'
import { CLOCK_SLACK } from './owner.ts'
import { tallied } from './tallies.ts'

export interface Rescued {
  id: TaskId
  process: string
  /** `error` when the crash limit is reached, `cancelled` when an operator had asked for it. */
  status: 'pending' | 'error' | 'cancelled'
  crashes: number
}

/** Down to this moment, in microseconds since 1970, the claims of a process are read. */
export interface Reached {
  id: TaskId
  reachedUs: TaskId
}

/**
 * Reads up to `most` claims of each process that ended, newest first (or of those in `from`, from where a piece came to),
 * and gives back up to `limit` tasks of them. `reached` names the processes of which there is more to read.
 */
export async function rescuePiece(
  db: Db,
  crashLimit: number,
  limit: number,
  from: readonly Reached[] | null,
  most: number,
): Promise<{ rescued: Rescued[]; reached: Reached[] }> {
  const ids = from?.map(({ id }) => id) ?? null
  const untilUs = from?.map(({ reachedUs }) => reachedUs) ?? null
  const { rows } = await db.query<Found>(RESCUE, [limit, crashLimit, ids, untilUs, most])
  const rescued: Rescued[] = []
  const reached: Reached[] = []
  for (const { id, reachedUs = null, process, status, crashes } of rows) {
    if (reachedUs === null) rescued.push({ id, process, status, crashes })
    else reached.push({ id, reachedUs })
  }
  return { rescued, reached }
}

type Found = Rescued & { reachedUs: TaskId | null }

// Claims of a process that ended are looked for until ten minutes after a first complete pass: one may have been on its
// way when the process was declared lost, or said goodbye. Whoever died at full speed had claimed a million rows in its last
// seconds: what it still held is at their end, so they are read from there, and again only as far back as such a claim can be.
//
// The claim is the last that is known of a run whose process died, and history has it in the place of its start.
//
// Whoever comes back under its name on the same machine declares it dead before its lease is over: it did not stop beating
// for as long as a lease, and history must not say so. Only a process that died is a crash; what one left behind that said
// goodbye (a claim was on its way) is just given back.
//
// A piece is read without a lock, and begins where the last one ended: with all claims of that moment again. What is held
// is then found by its address.
const RESCUE = `
with ended as materialized (
  select p.id, p.name, (p.state = 'lost')::int as crash,
    p.stopped_at < p.heartbeat_at + p.lease_ms * interval '1 millisecond' as was_proven_dead,
    p.claims_since - case when p.swept_at is null then ${CLOCK_SLACK} else interval '1 second' end as since,
    coalesce('epoch'::timestamptz + piece.until_us * interval '1 microsecond', 'infinity') as until
  from taskproc.processes p left join unnest($3::bigint[], $4::bigint[]) as piece(id, until_us) on piece.id = p.id
  where p.state in ('lost', 'stopped') and (p.swept_at is null or p.swept_at > now() - interval '10 minutes')
    and ($3::bigint[] is null or piece.id is not null)
), walked as materialized (
  select ended.id, claimed.address, claimed.claimed_at, claimed.is_held
  from ended cross join lateral (
    select t.ctid as address, t.claimed_at, t.status = 'in_progress' as is_held from taskproc.tasks t
    where t.claimed_by = ended.id and t.claimed_at >= ended.since and t.claimed_at <= ended.until
    order by t.claimed_at desc limit $5) as claimed
), held as materialized (
  select found.address, found.claimed_at, ended.name, ended.crash, ended.was_proven_dead
  from (
    select t.ctid as address, t.claimed_at, t.claimed_by from taskproc.tasks t
    where t.ctid = any (array (select address from walked where is_held)) and t.status = 'in_progress'
    limit $1
    for update skip locked) as found
  join ended on ended.id = found.claimed_by
), rescued as (
  update taskproc.tasks t set
    status = case when t.cancel_requested then 'cancelled' when t.crashes + held.crash >= $2 then 'error' else 'pending' end,
    crashes = t.crashes + held.crash,
    attempts = t.attempts - 1,
    claimed_by = case when t.cancel_requested or t.crashes + held.crash >= $2 then t.claimed_by end,
    claimed_at = case when t.cancel_requested or t.crashes + held.crash >= $2 then t.claimed_at end,
    finished_at = case when t.cancel_requested or t.crashes + held.crash >= $2 then now() end,
    error = case when t.crashes + held.crash >= $2
      then 'quarantined: ' || t.crashes + held.crash || ' processes died while they held this task, the last one was ' || held.name
      else t.error end,
    updated_at = now()
  from held
  where t.ctid = held.address and t.status = 'in_progress'
  returning t.id, t.queue, t.kind, t.attempts + 1 as attempt, t.status, t.crashes, held.crash, held.name as process,
    held.claimed_at, held.was_proven_dead
), logged as (
  insert into taskproc.task_logs (task_id, attempt, process, event, level, message, started_at)
  select id, attempt, process, 'rescued', case status when 'error' then 'error' else 'warn' end,
    'its process ' || process || case when crash = 0 then ' left it behind'
      else case when was_proven_dead then ' ended without a goodbye' else ' stopped beating' end
        || ' (crash ' || crashes || ' of ' || $2 || ')' end,
    claimed_at
  from rescued
), woken as (
  select ${TOLD_BACK} from rescued where status = 'pending' group by queue
), ${tallied(`
  select queue, kind, 0 as done, (status = 'error')::int as error, (status = 'cancelled')::int as cancelled
  from rescued where status <> 'pending'`)}
select id, process, status, crashes, null::bigint as "reachedUs", (select count(*) from woken) as woken from rescued
union all
select id, null, null, null, (extract(epoch from min(claimed_at)) * 1000000)::bigint, 0
from walked group by id having count(*) = $5`
