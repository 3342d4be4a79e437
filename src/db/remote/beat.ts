// The beat of a remote worker: it renews the lease, and both sides say what they think the worker holds.
import type { TaskId } from '../../task/task.ts'
import type { Db } from '../db.ts'
import { IS_CLAIMED } from '../owner.ts'
import type { Pool } from '../pool.ts'
import { markDraining, sayGoodbye } from '../processes.ts'
import { releaseStrays } from '../strays.ts'
import { transaction } from '../transaction.ts'
import { readCounters } from './counters.ts'
import { type Held, readHeld } from './holding.ts'
import { type Caller, showUp } from './presence.ts'

/** An answer to a claim may be so long on its way before the task counts as one that the worker never got. */
const ANSWER_LIMIT_US = 10_000_000

export interface RemoteBeat {
  /** The ids of the tasks that it knows it holds; null where it does not say. */
  holding: readonly TaskId[] | null
  /** It wants no more tasks. */
  isStopping: boolean
}

export interface BeatAnswer {
  state: 'running' | 'draining' | 'stopped'
  leaseMs: number
  /** Of those it holds: somebody wants them cancelled. */
  cancel: TaskId[]
  /** Of those it says it holds: they are not its own any more. */
  lost: TaskId[]
  /** What it did not name and was given back. */
  strays: readonly TaskId[]
}

/**
 * Renews the lease; null where the caller is not alive. What the table says it holds and it does not name is given back:
 * the answer to that claim was lost. A worker that stops and holds nothing is gone.
 */
export function beatRemotely(pool: Pool, caller: Caller, beat: RemoteBeat): Promise<BeatAnswer | null> {
  return transaction(pool, async (db) => {
    const present = await showUp(db, caller, true)
    if (present === null) return { commit: false, value: null }
    if (beat.isStopping) await markDraining(db, caller.id)
    const beforeUs = beat.isStopping ? null : present.at_us - ANSWER_LIMIT_US
    const strays = beat.holding === null ? [] : await releaseStrays(db, caller.id, beat.holding, beforeUs)
    const held = await readHeld(db, caller.id)
    const state = await note(
      db,
      caller.id,
      present.at_us,
      held,
      beat.isStopping || present.state === 'draining',
    )
    const answer = { state, leaseMs: present.lease_ms, ...compare(held, beat.holding ?? []), strays }
    return { commit: true, value: answer }
  })
}

async function note(
  db: Db,
  me: TaskId,
  atUs: number,
  held: readonly Held[],
  isStopping: boolean,
): Promise<BeatAnswer['state']> {
  const counters = await readCounters(db, me, atUs)
  if (isStopping && held.length === 0) {
    await sayGoodbye(db, me, counters)
    return 'stopped'
  }
  await db.query(NOTE, [me, held.length, JSON.stringify(counters)])
  return isStopping ? 'draining' : 'running'
}

/** Ids above 2^53 are texts here and there; below it, a client may send either. */
function compare(held: readonly Held[], holding: readonly TaskId[]): Pick<BeatAnswer, 'cancel' | 'lost'> {
  const ids = new Set(held.map(({ id }) => String(id)))
  return {
    cancel: held.filter((task) => task.cancel_requested).map(({ id }) => id),
    lost: holding.filter((id) => !ids.has(String(id))),
  }
}

// Claims of this worker wait for the lock that this transaction has on its row, but their claimed_at may be from before
// they began to wait: the minute is for them.
const NOTE = `
update taskproc.processes p set
  running = $2, counters = $3,
  claims_since = greatest(p.claims_since, coalesce((
    select min(t.claimed_at) from taskproc.tasks t
    where ${IS_CLAIMED} and t.status = 'in_progress'
  ), now()) - interval '1 minute')
where p.id = $1`
