// The beat of a remote worker: it renews the lease, and both sides say what they think the worker holds.
import { STEP_SECONDS, WINDOW_SECONDS } from '../../task/steps.ts'
import type { TaskId } from '../../task/task.ts'
import { noTotals } from '../../task/totals.ts'
import type { ProcessCounters } from '../beat.ts'
import { IS_CLAIMED } from '../owner.ts'
import type { Db, Pool } from '../pool.ts'
import { markDraining, sayGoodbye } from '../processes.ts'
import { releaseStrays } from '../strays.ts'
import { transaction } from '../transaction.ts'
import { type Held, readHeld } from './holding.ts'
import { type Caller, showUp } from './presence.ts'

/** An answer to a claim may be so long on its way before the task counts as one that the worker never got. */
const ANSWER_LIMIT_US = 10_000_000
/** More than this is not counted for the throughput. */
const COUNTED_AT_MOST = 10_000

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
    if (beat.holding !== null) {
      const beforeUs = beat.isStopping ? null : present.at_us - ANSWER_LIMIT_US
      await releaseStrays(db, caller.id, beat.holding, beforeUs)
    }
    const held = await readHeld(db, caller.id)
    const state = await note(
      db,
      caller.id,
      present.at_us,
      held,
      beat.isStopping || present.state === 'draining',
    )
    const answer = { state, leaseMs: present.lease_ms, ...compare(held, beat.holding ?? []) }
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
  const { rows } = await db.query<Settled>(SETTLED_LAST_MINUTE, [me, COUNTED_AT_MOST, STEP_SECONDS])
  const counters = countersOf(rows, atUs)
  if (isStopping && held.length === 0) {
    await sayGoodbye(db, me, counters)
    return 'stopped'
  }
  await db.query(NOTE, [me, held.length, JSON.stringify(counters)])
  return isStopping ? 'draining' : 'running'
}

interface Settled {
  /** How many steps ago; 0 is the one that ends now. */
  step: number
  n: number
}

/** What it finished is in `tallies`, and must not be added up twice: so there are no counts by kind. */
function countersOf(found: readonly Settled[], atUs: number): ProcessCounters {
  const steps = WINDOW_SECONDS / STEP_SECONDS
  const settled = Array.from(
    { length: steps },
    (_, index) => found.find(({ step }) => step === steps - 1 - index)?.n ?? 0,
  )
  return { totals: noTotals(), at_us: atUs, settled, failed: [], wait_ms: {}, run_ms: {} }
}

/** Ids above 2^53 are texts here and there; below it, a client may send either. */
function compare(held: readonly Held[], holding: readonly TaskId[]): Pick<BeatAnswer, 'cancel' | 'lost'> {
  const ids = new Set(held.map(({ id }) => String(id)))
  return {
    cancel: held.filter((task) => task.cancel_requested).map(({ id }) => id),
    lost: holding.filter((id) => !ids.has(String(id))),
  }
}

// Claims of the last two minutes are looked at: a run that took longer is missing here, and in no other number.
const SETTLED_LAST_MINUTE = `
select step, count(*)::float8 as n from (
  select floor(extract(epoch from now() - finished_at) / $3)::float8 as step from taskproc.tasks
  where claimed_by = $1 and claimed_at > now() - interval '2 minutes' and finished_at > now() - interval '1 minute'
  limit $2) as settled
group by step`

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
