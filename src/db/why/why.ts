// The facts behind `taskproc why`: a few statements whose cost does not grow with the table.
import { ExpectedError } from '../../errors.ts'
import { RETRIABLE, type Status } from '../../task/status.ts'
import type { TaskId } from '../../task/task.ts'
import { timeText } from '../../task/why/answer.ts'
import { isServing, type WhyFacts, type WhyLock, type WhyOwner, type WhyTask } from '../../task/why/facts.ts'
import type { Db } from '../db.ts'
import { LEASE_LEFT_SECONDS } from '../owner.ts'
import type { Pool } from '../pool.ts'
import { rolledBack } from '../rolled-back.ts'
import { readAhead } from './ahead.ts'
import { readRowLock, readTableLock } from './lock-holder.ts'
import { readProcesses, readServed } from './processes.ts'
import { since } from './since.ts'

/** A task that moves while its facts are read is read again; one that moves all the time needs no explanation. */
const MOST_READINGS = 3

/** What waits for the lock of a row: a claim, or a retry. */
const LOCKABLE: readonly Status[] = ['pending', ...RETRIABLE]

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
    if (facts === null || !LOCKABLE.includes(facts.task.status)) break
    const lock = tableLock ?? (await readRowLock(pool, id, facts.task))
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
  const { task, paused } = found
  const processes = await readProcesses(db, task)
  const isWaiting = task.status === 'pending' && task.due_in_seconds <= 0 && paused === null
  const ahead = isWaiting && processes.some(isServing) ? await readAhead(db, id) : null
  return { ...found, processes, ...(await readServed(db, task)), ahead, lock: null }
}

interface Found {
  task: WhyTask
  owner: WhyOwner | null
  last_event: WhyFacts['last_event']
  paused: WhyFacts['paused']
}

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
    'last_beat_seconds', ${since('p.heartbeat_at')}, 'lease_seconds', p.lease_ms / 1000.0, 'lease_left_seconds', ${LEASE_LEFT_SECONDS}) end as owner,
  (select jsonb_build_object('event', l.event, 'message', l.message, 'process', l.process, 'since_seconds', ${since('l.at')})
   from taskproc.task_logs l where l.task_id = t.id and l.event <> 'log' order by l.id desc limit 1) as last_event,
  (select jsonb_build_object('queue', nullif(q.name, ''), 'since_seconds', ${since('q.paused_at')})
   from taskproc.pause_of(t.queue) q) as paused
from taskproc.tasks t left join taskproc.processes p on p.id = t.claimed_by
where t.id = $1`
