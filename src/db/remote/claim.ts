// The claim of a remote worker: the same statements as a local one, in one transaction with its sign of life, and the
// tasks as documents.

import type { Lane } from '../../task/lane.ts'
import type { TaskDocument, TaskId } from '../../task/task.ts'
import { BEATEN_AT } from '../beat.ts'
import { claim } from '../claim.ts'
import type { Db } from '../db.ts'
import { TASK } from '../documents.ts'
import { look } from '../look.ts'
import type { Pool } from '../pool.ts'
import { claimSuspect } from '../suspects.ts'
import { transaction } from '../transaction.ts'
import { readHeld } from './holding.ts'
import { type Caller, type Present, showUp } from './presence.ts'

export interface RemoteRequest {
  /** null: every queue. */
  queues: readonly string[] | null
  kinds: readonly string[]
  limit: number
  /** A task whose process died so often is quarantined; one death before that, it runs alone. */
  crashLimit: number
  /**
   * The worker has just asked. Later, while it waits for the answer, nobody knows whether it is there: then only a worker
   * that holds nothing, and loses nothing to a rescue, is taken for alive.
   */
  isFresh: boolean
}

export type ClaimedTask = TaskDocument & {
  /** How long a run may take; null: no limit. */
  timeout_ms: number | null
  /** Of who enqueued it. */
  traceparent: string | null
}

export interface RemoteClaim {
  leaseMs: number
  /** In the order in which they should run. */
  tasks: ClaimedTask[]
  /** Of each of them: since it was due. */
  waitedMs: readonly number[]
  /** Until something may be due that is not now; Infinity where nothing is pending. */
  dueInMs: number
}

/**
 * Claims up to `limit` tasks; null where the caller is not alive. A worker that drains gets none. Calls of the same
 * worker run one after the other.
 */
export function claimRemotely(
  pool: Pool,
  caller: Caller,
  request: RemoteRequest,
): Promise<RemoteClaim | null> {
  return transaction(pool, async (db) => {
    const present = await showUp(db, caller, request.isFresh)
    if (present === null) return { commit: false, value: null }
    const { ids, waitedMs, dueInMs } = await claimNow(db, caller.id, present, request)
    if (ids.length > 0) await db.query(HOLDS_MORE, [caller.id, ids.length])
    const tasks = await readClaimed(db, ids)
    return { commit: true, value: { leaseMs: present.lease_ms, tasks, waitedMs, dueInMs } }
  })
}

interface Taken {
  ids: readonly TaskId[]
  waitedMs: readonly number[]
  dueInMs: number
}

const NOTHING: Taken = { ids: [], waitedMs: [], dueInMs: Number.POSITIVE_INFINITY }

async function claimNow(db: Db, me: TaskId, present: Present, request: RemoteRequest): Promise<Taken> {
  if (present.state === 'draining') return NOTHING
  const suspectCrashes = Math.max(1, request.crashLimit - 1)
  const held = await readHeld(db, me)
  const { queues, kinds, limit, isFresh } = request
  await db.query(SERVES, [me, queues, kinds, limit, held.length, isFresh || held.length === 0])
  // A suspect runs alone: if this worker dies now, it is known for what.
  if (held.some(({ crashes }) => crashes >= suspectCrashes)) return NOTHING
  const looker = { processId: me, queues, kinds, minCrashes: suspectCrashes }
  const { lanes, isSuspectDue } = await look(db, looker, held.length === 0 ? 'nothing' : 'something')
  if (isSuspectDue) {
    if (held.length > 0 && isClearing(present.at_us)) return NOTHING
    const suspect = held.length === 0 ? await claimSuspect(db, me, suspectCrashes) : null
    if (suspect !== null) return { ...NOTHING, ids: [suspect.id], waitedMs: [suspect.waitedMs] }
  }
  const starts = lanes.filter(isDue).map((lane) => ({ ...lane, ...lane.front, limit }))
  const dueInMs = Math.min(Infinity, ...lanes.filter((lane) => !isDue(lane)).map((lane) => lane.dueInMs))
  if (starts.length === 0) return { ...NOTHING, dueInMs }
  const { claims } = await claim(db, me, limit, starts, suspectCrashes - 1)
  return { ids: claims.map(({ id }) => id), waitedMs: claims.map(({ waitedMs }) => waitedMs), dueInMs }
}

function isDue(lane: Lane): boolean {
  return lane.dueInMs <= 0
}

/** What a busy worker serves from now on; a suspect is offered by what its row says. */
const SERVES = `
update taskproc.processes set queues = $2, kinds = $3, workers = greatest(workers, $4), running = $5,
  heartbeat_at = case when $6 then ${BEATEN_AT} else heartbeat_at end
where id = $1`

const HOLDS_MORE = 'update taskproc.processes set running = running + $2 where id = $1'

const CLEARING_S = 10
const CLEARING_EVERY_S = 70

/**
 * Whether a busy worker, the oldest that serves a suspect, makes room for it now by claiming nothing. Not all the time:
 * one of its tasks may hang, and the others have to go on.
 */
function isClearing(atUs: number): boolean {
  return Math.floor(atUs / 1e6) % CLEARING_EVERY_S < CLEARING_S
}

async function readClaimed(db: Db, ids: readonly TaskId[]): Promise<ClaimedTask[]> {
  if (ids.length === 0) return []
  const { rows } = await db.query<ClaimedTask>(CLAIMED, [ids])
  return rows
}

const CLAIMED = `
select ${TASK}, t.timeout_ms, t.trace as traceparent
from unnest($1::bigint[]) with ordinality as claimed(id, place)
join taskproc.tasks t on t.id = claimed.id
left join taskproc.processes p on p.id = t.claimed_by
order by claimed.place`
