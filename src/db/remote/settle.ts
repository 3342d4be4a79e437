// The settlement of a remote worker: the same statement and the same fence as a local one, once for each claim; sent
// again, it finds its own outcome.
import type { Settlement } from '../../task/settlement.ts'
import type { Status } from '../../task/status.ts'
import type { Claim, TaskId } from '../../task/task.ts'
import type { Db } from '../db.ts'
import { iso } from '../documents.ts'
import type { Pool } from '../pool.ts'
import { settle } from '../settle.ts'
import { tally } from '../tallies.ts'
import { transaction } from '../transaction.ts'
import {
  type ClaimRef,
  isOwn,
  isWritten,
  type Loss,
  lossOf,
  readStanding,
  type Standing,
} from './standing.ts'

export interface TaskState {
  id: TaskId
  status: Status
  attempts: number
  /** ISO 8601; of a pending task: when it is due again. */
  run_at: string
}

export type SettleAnswer =
  /** `tookMs`: since its claim. */
  | { type: 'written'; task: TaskState; kind: string; settlement: Settlement; tookMs: number | null }
  /** It had been written before; the answer was lost, or somebody sends everything twice. */
  | { type: 'repeated'; task: TaskState }
  | { type: 'lost'; loss: Loss }
  | { type: 'unknown' }

/** Settles one claim as `decide` says. Whatever it answers but `written` and `repeated`, nothing was changed. */
export function settleRemotely(
  pool: Pool,
  ref: ClaimRef,
  decide: (claim: Claim) => Settlement,
): Promise<SettleAnswer> {
  return transaction(pool, async (db) => {
    const value = await settleOnce(db, ref, decide)
    return { commit: value.type === 'written', value }
  })
}

async function settleOnce(
  db: Db,
  ref: ClaimRef,
  decide: (claim: Claim) => Settlement,
): Promise<SettleAnswer> {
  const standing = await readStanding(db, ref)
  if (standing === null) return { type: 'unknown' }
  const claim = claimOf(standing, ref)
  const settlement = decide(claim)
  if (isOwn(standing, ref)) {
    const settling = { claim, settlement, tookMs: standing.took_ms }
    const written = await settle(db, standing.my_name ?? '', [settling])
    if (written.has(ref.id)) {
      const task = await finish(db, standing)
      return { type: 'written', task, kind: standing.kind, settlement, tookMs: standing.took_ms }
    }
  }
  // Also where it was ours a moment ago.
  const now = (await readStanding(db, ref)) ?? standing
  if (await isWritten(db, now, ref, settlement)) return { type: 'repeated', task: stateOf(now) }
  return { type: 'lost', loss: lossOf(now, ref) }
}

async function finish(db: Db, { id, queue, kind }: Standing): Promise<TaskState> {
  const { rows } = await db.query<TaskState>(STATE, [id])
  const [task] = rows
  if (task === undefined) throw new Error(`task ${id} was settled and is not there`)
  const { status } = task
  if (status === 'done' || status === 'error' || status === 'cancelled')
    await tally(db, { queue, kind }, status)
  return task
}

const STATE = `
select id, status, attempts, ${iso('run_at')} as run_at from taskproc.tasks where id = $1`

function stateOf({ id, status, attempts, run_at }: Standing): TaskState {
  return { id, status, attempts, run_at }
}

/** Only what the policy and the fence ask for: the worker has the rest. */
function claimOf(standing: Standing, { id, claimNumber, processId }: ClaimRef): Claim {
  return {
    id,
    claimNumber,
    processId,
    queue: standing.queue,
    kind: standing.kind,
    payload: null,
    attempt: standing.attempts,
    maxAttempts: standing.max_attempts,
    crashes: standing.crashes,
    timeoutMs: null,
    backoffMs: standing.backoff_ms,
    waitedMs: 0,
    claimedAtS: null,
    trace: null,
  }
}
