// The facts behind `taskproc why`: a few statements whose cost does not grow with the table.
import { ExpectedError } from '../errors.ts'
import { STEP_SECONDS, WINDOW_SECONDS } from '../task/steps.ts'
import type { TaskId } from '../task/task.ts'
import { timeText } from '../task/why/answer.ts'
import { isServing, type WhyFacts, type WhyLock, type WhyOwner, type WhyTask } from '../task/why/facts.ts'
import { readAhead } from './ahead.ts'
import { readRowLock, readTableLock } from './lock-holder.ts'
import type { Db, Pool } from './pool.ts'
import { rolledBack } from './rolled-back.ts'

/** A task that moves while its facts are read is read again; one that moves all the time needs no explanation. */
const MOST_READINGS = 3

/**
 * What is known about this task, or null where there is none. Throws an ExpectedError where somebody holds the table so
 * that it cannot be read.
 */
export async function readWhyFacts(pool: Pool, id: TaskId): Promise<WhyFacts | null> {
  const tableLock = await readTableLock(pool)
  if (tableLock?.is_exclusive) throw unreadable(tableLock)
  let facts: WhyFacts | null = null
  for (let reading = 1; reading <= MOST_READINGS; reading++) {
    facts = await inSnapshot(pool, (db) => readOnce(db, id))
    if (facts === null || facts.task.status !== 'pending') break
    const lock = tableLock ?? (await readRowLock(pool, id, facts.task.claim_number))
    if (lock !== 'moved') return { ...facts, lock }
  }
  return facts
}

function unreadable({ pid, application, since_seconds }: WhyLock): ExpectedError {
  return new ExpectedError(
    `no task can be read or claimed: session ${pid} (${application}) has locked the table taskproc.tasks, or waits to, for ${timeText(since_seconds)}`,
    `Wait for its end, or end it: select pg_terminate_backend(${pid})`,
  )
}

/**
 * One snapshot for all of it. Every part of it is a range of an index, read in order and up to a bound; a planner
 * whose statistics are old would rather read and sort all that a process has ever done.
 */
function inSnapshot<T>(pool: Pool, read: (db: Db) => Promise<T>): Promise<T> {
  const inOrder = async (db: Db): Promise<T> => {
    await db.query(
      'set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off',
    )
    return read(db)
  }
  return rolledBack(pool, inOrder, 'begin isolation level repeatable read read only')
}

async function readOnce(db: Db, id: TaskId): Promise<WhyFacts | null> {
  const [found] = (await db.query<Found>(TASK, [id])).rows
  if (found === undefined) return null
  const { task, owner, last_event, paused } = found
  const { rows: processes } = await db.query<WhyFacts['processes'][number]>(PROCESSES, [
    task.queue,
    task.kind,
    MOST_PROCESSES,
    SCANNED_CLAIMS,
  ])
  const isWaiting = task.status === 'pending' && task.due_in_seconds <= 0 && paused === null
  const ahead = isWaiting && processes.some(isServing) ? await readAhead(db, id) : null
  const { rows: served } = await db.query<Served>(SERVED, [task.kind, MOST_NAMES])
  const { queues_served = [], kinds_served = [] } = served[0] ?? {}
  return { task, owner, last_event, paused, processes, queues_served, kinds_served, ahead, lock: null }
}

interface Found {
  task: WhyTask
  owner: WhyOwner | null
  last_event: WhyFacts['last_event']
  paused: WhyFacts['paused']
}

type Served = Pick<WhyFacts, 'queues_served' | 'kinds_served'>

const MOST_PROCESSES = 200
const MOST_NAMES = 1000
/**
 * Rows that are looked at for each process and from either end of what it claimed since its oldest claim. What it holds
 * are the newest of them, the oldest, and what it said to run for longest.
 */
const SCANNED_CLAIMS = 2000

/** The seconds from `column` to now. */
function since(column: string): string {
  return `extract(epoch from now() - ${column})::float8`
}

/** Until the lease of process p is over. A server that was down gave nobody a chance to beat. */
const LEASE_LEFT = `extract(epoch from
  greatest(p.heartbeat_at, pg_postmaster_start_time()) + p.lease_ms * interval '1 millisecond' - now())::float8`

// Ids beyond 2^53 survive as text only: the id is not part of a JSON object here.
const TASK = `
select jsonb_build_object(
    'id', case when t.id <= 9007199254740991 then to_jsonb(t.id) else to_jsonb(t.id::text) end,
    'kind', t.kind, 'queue', t.queue, 'status', t.status, 'priority', t.priority,
    'attempts', t.attempts, 'max_attempts', t.max_attempts, 'crashes', t.crashes, 'claim_number', t.claim_number,
    'due_in_seconds', -(${since('t.run_at')}), 'claimed_seconds', ${since('t.claimed_at')},
    'finished_seconds', ${since('t.finished_at')}, 'cancel_requested', t.cancel_requested, 'error', t.error) as task,
  case when t.claimed_by is not null then jsonb_build_object(
    'name', coalesce(p.name, 'process ' || t.claimed_by), 'state', coalesce(p.state, 'gone'),
    'last_beat_seconds', ${since('p.heartbeat_at')}, 'lease_seconds', p.lease_ms / 1000.0, 'lease_left_seconds', ${LEASE_LEFT}) end as owner,
  (select jsonb_build_object('event', l.event, 'message', l.message, 'process', l.process, 'since_seconds', ${since('l.at')})
   from taskproc.task_logs l where l.task_id = t.id and l.event <> 'log' order by l.id desc limit 1) as last_event,
  (select jsonb_build_object('queue', nullif(q.name, ''), 'since_seconds', ${since('q.paused_at')})
   from taskproc.pause_of(t.queue) q) as paused
from taskproc.tasks t left join taskproc.processes p on p.id = t.claimed_by
where t.id = $1`

const PROCESSES = `
with live as (
  select p.*, coalesce($1 = any (p.queues), true) as serves_queue, $2 = any (p.kinds) as serves_kind,
    (p.kind_limits ->> $2)::integer as "limit"
  from taskproc.processes p where p.state in ('running', 'draining')
)
select p.name, p.state, p.serves_queue, p.serves_kind, p.workers, p.running, ${since('p.heartbeat_at')} as last_beat_seconds,
  ${LEASE_LEFT} as lease_left_seconds, coalesce((
    select sum(n::float8) from (
      select n from jsonb_array_elements_text(p.counters -> 'settled') with ordinality as step(n, place)
      order by place desc limit ${WINDOW_SECONDS / STEP_SECONDS}) as lately), 0)
    / greatest(1, least(${WINDOW_SECONDS}, ${since('p.started_at')})) as settled_per_second,
  p.crash_limit, p."limit",
  case when p."limit" is not null then (
    select count(*) from (
      (select t.id, t.kind, t.status from taskproc.tasks t
       where t.claimed_by = p.id and t.claimed_at >= p.claims_since - interval '1 minute' order by t.claimed_at limit $4)
      union
      (select t.id, t.kind, t.status from taskproc.tasks t
       where t.claimed_by = p.id and t.claimed_at >= p.claims_since - interval '1 minute' order by t.claimed_at desc limit $4)
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
  select p.queues, p.kinds from taskproc.processes p where p.state = 'running' and ${LEASE_LEFT} > 0
), able as (
  select queues from live where $1 = any (kinds)
)
select
  case when not exists (select from able where queues is null) then array(
    select distinct unnest(queues) as name from able order by name limit $2) end as queues_served,
  array(select distinct unnest(kinds) as name from live order by name limit $2) as kinds_served`
