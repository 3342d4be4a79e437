// Where a task stands when somebody wants to settle it: whose it is, and if it is not theirs, why not.
import type { Settlement } from '../../task/settlement.ts'
import type { Status } from '../../task/status.ts'
import type { TaskId } from '../../task/task.ts'
import type { Db } from '../db.ts'
import { iso } from '../documents.ts'

/** What a settlement names: with the status, the whole fence. */
export interface ClaimRef {
  id: TaskId
  claimNumber: number
  processId: TaskId
}

export interface Standing {
  id: TaskId
  queue: string
  kind: string
  status: Status
  attempts: number
  max_attempts: number
  crashes: number
  claim_number: number
  claimed_by: TaskId | null
  backoff_ms: number | null
  error: string | null
  run_at: string
  /** Since its claim. */
  took_ms: number | null
  owner: string | null
  /** Of the remote worker that asks; null where there is none with its id. */
  my_name: string | null
  my_state: string | null
  /** What was last written to its history that is no line of a handler. */
  last_event: string | null
  last_process: string | null
  last_message: string | null
}

/** null where there is no such task. */
export async function readStanding(db: Db, { id, processId }: ClaimRef): Promise<Standing | null> {
  const { rows } = await db.query<Standing>(STANDING, [id, processId])
  return rows[0] ?? null
}

const STANDING = `
select t.id, t.queue, t.kind, t.status, t.attempts, t.max_attempts, t.crashes, t.claim_number, t.claimed_by, t.backoff_ms, t.error,
  ${iso('t.run_at')} as run_at,
  extract(epoch from now() - t.claimed_at)::float8 * 1000 as took_ms,
  owner.name as owner, me.name as my_name, me.state as my_state,
  last.event as last_event, last.process as last_process, last.message as last_message
from taskproc.tasks t
left join taskproc.processes owner on owner.id = t.claimed_by
left join taskproc.processes me on me.id = $2 and me.pid = 0
left join lateral (
  select l.event, l.process, l.message from taskproc.task_logs l
  where l.task_id = t.id and l.event <> 'log' order by l.id desc limit 1) as last on true
where t.id = $1`

/** Its claim is the one that the task has now. A process of another machine or language cannot be acted for: it has no such id. */
export function isOwn(standing: Standing, { claimNumber, processId }: ClaimRef): boolean {
  return standing.status === 'in_progress' && isLatest(standing, claimNumber) && owns(standing, processId)
}

function isLatest({ claim_number }: Standing, claimNumber: number): boolean {
  return claim_number === claimNumber
}

function owns({ claimed_by, my_name }: Standing, processId: TaskId): boolean {
  return my_name !== null && String(claimed_by) === String(processId)
}

/**
 * Whether `settlement` is what became of this claim. A task that went back to pending has lost its owner: there the
 * history tells who sent it, and a rescue or an operator from the worker itself.
 */
export async function isWritten(
  db: Db,
  standing: Standing,
  { claimNumber, processId }: ClaimRef,
  settlement: Settlement,
): Promise<boolean> {
  if (!isLatest(standing, claimNumber)) return false
  const { status, error } = standing
  if (settlement.verb === 'complete')
    return status === 'done' && owns(standing, processId) && hasResult(db, standing.id, settlement.result)
  const isOurEvent = standing.last_process === standing.my_name && standing.my_name !== null
  const events = EVENTS[settlement.verb] ?? []
  if (status === 'in_progress' || !isOurEvent || !events.includes(standing.last_event ?? '')) return false
  if (status !== 'pending' && !owns(standing, processId)) return false
  return 'error' in settlement ? error === settlement.error : true
}

/** What history may say after each; an operator's wish to cancel wins over what would make the task pending again. */
const EVENTS: Partial<Record<Settlement['verb'], readonly string[]>> = {
  retry: ['failed'],
  fail: ['failed'],
  snooze: ['snoozed', 'cancelled'],
  release: ['released', 'cancelled'],
}

async function hasResult(db: Db, id: TaskId, result: string | null): Promise<boolean> {
  const { rows } = await db.query<{ same: boolean }>(
    'select result is not distinct from $2::jsonb as same from taskproc.tasks where id = $1',
    [id, result],
  )
  return rows[0]?.same ?? false
}

export interface Loss {
  reason: 'finished' | 'claimed_by_another' | 'rescued' | 'given_back' | 'never_claimed' | 'unknown_process'
  /** One sentence for people. */
  detail: string
}

/** Why a claim is not the caller's (any more). */
export function lossOf(standing: Standing, { id, claimNumber, processId }: ClaimRef): Loss {
  const { status, claim_number, owner, my_name, my_state, last_event, last_process } = standing
  const by = owner === null ? '' : ` by ${owner}`
  if (my_name === null)
    return { reason: 'unknown_process', detail: `no remote worker has the process_id ${processId}` }
  if (claimNumber > claim_number)
    return {
      reason: 'never_claimed',
      detail: `task ${id} has no claim ${claimNumber}; its last one is ${claim_number}`,
    }
  if (claimNumber < claim_number)
    return {
      reason: 'claimed_by_another',
      detail: `task ${id} was claimed again since${by}: its claim_number is ${claim_number}`,
    }
  if (status === 'in_progress')
    return { reason: 'claimed_by_another', detail: `the claim ${claimNumber} of task ${id} is held${by}` }
  if (status !== 'pending') return { reason: 'finished', detail: `task ${id} is ${status} already${by}` }
  if (last_event === 'rescued') {
    const why = my_state === 'lost' ? 'declared lost' : 'gone'
    return {
      reason: 'rescued',
      detail: `task ${id} was rescued: its process ${last_process ?? ''} was ${why}`,
    }
  }
  return { reason: 'given_back', detail: `task ${id} is pending again: it was ${last_event ?? 'given back'}` }
}
