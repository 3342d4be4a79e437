// Rescue: declare the processes lost that stopped beating, and give back what they held. Anybody may do it, no leader.
import type { TaskId } from '../task/task.ts'
import { CLOCK_SLACK, IS_CLAIMED, LEASE_END } from './owner.ts'
import type { Db } from './pool.ts'
import { tallied } from './tallies.ts'

export interface LostProcess {
  id: TaskId
  name: string
}

export interface Rescued {
  id: TaskId
  process: string
  /** `error` when the crash limit is reached, `cancelled` when an operator had asked for it. */
  status: 'pending' | 'error' | 'cancelled'
  crashes: number
}

/**
 * Declares every process lost whose lease is over. Its row never comes back to life: a beat of it finds nothing, a
 * claim of it gives nothing, and it has to register anew. Returns those that this call found.
 */
export async function declareLost(db: Db): Promise<LostProcess[]> {
  const { rows } = await db.query<LostProcess>(DECLARE)
  return rows
}

/** Declares one process lost before its lease is over. Only for who can prove that it is dead. */
export async function declareDead(db: Db, processId: TaskId): Promise<void> {
  await db.query(DECLARE_DEAD, [processId])
}

const DECLARE_DEAD = `
with asleep as (delete from taskproc.sleepers where process_id = $1)
update taskproc.processes set state = 'lost', stopped_at = now() where id = $1 and state in ('running', 'draining')`

const DECLARE = `
with lost as (
  update taskproc.processes set state = 'lost', stopped_at = now()
  where id in (
    select id from taskproc.processes p
    where state in ('running', 'draining') and ${LEASE_END} < now()
    for update skip locked)
  returning id, name
), asleep as (
  delete from taskproc.sleepers where process_id in (select id from lost)
)
select id, name from lost`

/**
 * Gives back up to `limit` tasks of lost processes, and wakes sleepers for them. A crash costs no attempt, but it is
 * counted: at `crashLimit` the task is quarantined in `error`. Call again until it returns fewer than `limit`.
 */
export async function rescue(db: Db, crashLimit: number, limit: number): Promise<Rescued[]> {
  const { rows } = await db.query<Rescued>(RESCUE, [limit, crashLimit])
  return rows
}

/** After a complete pass of `rescue`: these processes were searched once. */
export async function markSwept(db: Db, processIds: readonly TaskId[]): Promise<void> {
  if (processIds.length === 0) return
  await db.query('update taskproc.processes set swept_at = now() where id = any ($1::bigint[])', [processIds])
}

// Claims of a process that ended are looked for until ten minutes after a first complete pass: one may have been on its
// way when the process was declared lost, or said goodbye. Whoever died at full speed had claimed a million rows in its last
// seconds: what it still held is at their end, so they are read from there, and again only as far back as such a claim can be.
//
// The claim is the last that is known of a run whose process died, and history has it in the place of its start.
//
// Whoever comes back under its name on the same machine declares it dead before its lease is over: it did not stop
// beating for as long as a lease, and history must not say so. Only a process that died is a crash; what one left behind that said goodbye (a claim was on its way) is just given back.
const RESCUE = `
with held as materialized (
  select found.address, found.claimed_at, p.name, (p.state = 'lost')::int as crash,
    p.stopped_at < p.heartbeat_at + p.lease_ms * interval '1 millisecond' as was_proven_dead
  from taskproc.processes p cross join lateral (
    select t.ctid as address, t.claimed_at from taskproc.tasks t
    where ${IS_CLAIMED} and t.status = 'in_progress'
      and t.claimed_at >= p.claims_since - case when p.swept_at is null then ${CLOCK_SLACK} else interval '1 second' end
    order by t.claimed_at desc limit $1
    for update skip locked) as found
  where p.state in ('lost', 'stopped') and (p.swept_at is null or p.swept_at > now() - interval '10 minutes')
  limit $1
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
  select taskproc.wake(queue, now()) from rescued where status = 'pending' group by queue
), ${tallied(`
  select queue, kind, 0 as done, (status = 'error')::int as error, (status = 'cancelled')::int as cancelled
  from rescued where status <> 'pending'`)}
select id, process, status, crashes, (select count(*) from woken) as woken from rescued`
