// Claim: the atomic move pending -> in_progress for a batch, lane by lane.

import { type LaneName, type LanePosition, type LaneStart, laneKey } from '../task/lane.ts'
import { DEFAULT_CRASH_LIMIT } from '../task/limits.ts'
import type { Claim, JsonValue, TaskId } from '../task/task.ts'
import type { Db } from './db.ts'
import { queryTasks } from './planned.ts'

export interface Claimed {
  claims: Claim[]
  /** For each lane that gave something, by its laneKey: the position of the last task claimed. */
  positions: Map<string, LanePosition>
}

export interface ClaimRow {
  id: TaskId
  claim_number: number
  queue: string
  kind: string
  priority: number
  payload: JsonValue
  attempts: number
  max_attempts: number
  crashes: number
  timeout_ms: number | null
  backoff_ms: number | null
  trace: string | null
  run_at_s: number
  now_s: number
}

/**
 * Claims up to `limit` due tasks for a process, from the lanes in their order: a later lane is reached only when the
 * earlier ones gave less. Tasks with more crashes than `maxCrashes` are left to claimSuspect. `expiresUs` (by the
 * clock of the database, microseconds since 1970) makes a claim that arrives late do nothing. Nothing is claimed for a process that is not `running` any more (drained, or declared lost).
 */
export async function claim(
  db: Db,
  processId: TaskId,
  limit: number,
  lanes: readonly LaneStart[],
  maxCrashes = DEFAULT_CRASH_LIMIT - 2,
  expiresUs: number | null = null,
): Promise<Claimed> {
  const { rows } = await queryTasks<ClaimRow>(db, CLAIM, [
    processId,
    limit,
    lanes.map((lane) => lane.queue),
    lanes.map((lane) => lane.kind),
    lanes.map((lane) => lane.priority),
    lanes.map((lane) => lane.afterRunAtS),
    lanes.map((lane) => lane.afterId),
    maxCrashes,
    lanes.map((lane) => Math.min(lane.limit, limit)),
    expiresUs,
  ])
  return inClaimOrder(rows, lanes, processId)
}

/**
 * The rows come back in the order of their addresses; tasks are run in the order of their lanes, and of run_at and id
 * inside a lane.
 */
function inClaimOrder(rows: readonly ClaimRow[], lanes: readonly LaneStart[], processId: TaskId): Claimed {
  const ofLanes = new Map(lanes.map((lane) => [laneKey(lane), { lane, rows: [] as ClaimRow[] }]))
  let current: { lane: LaneName; rows: ClaimRow[] } | undefined
  for (const row of rows) {
    // As a rule the one before it was of the same lane.
    if (current === undefined || !isOf(row, current.lane)) current = ofLanes.get(laneKey(row))
    current?.rows.push(row)
  }
  const claims: Claim[] = []
  const positions: Claimed['positions'] = new Map()
  for (const [key, { rows: ofLane }] of ofLanes) {
    ofLane.sort((a, b) => a.run_at_s - b.run_at_s || Number(a.id) - Number(b.id))
    for (const row of ofLane) claims.push(claimOf(row, processId))
    const last = ofLane.at(-1)
    if (last !== undefined) positions.set(key, { afterRunAtS: last.run_at_s, afterId: last.id })
  }
  return { claims, positions }
}

function isOf(row: ClaimRow, { queue, kind, priority }: LaneName): boolean {
  return row.kind === kind && row.queue === queue && row.priority === priority
}

export function claimOf(row: ClaimRow, processId: TaskId): Claim {
  return {
    id: row.id,
    claimNumber: row.claim_number,
    processId,
    queue: row.queue,
    kind: row.kind,
    payload: row.payload,
    attempt: row.attempts,
    maxAttempts: row.max_attempts,
    crashes: row.crashes,
    timeoutMs: row.timeout_ms,
    backoffMs: row.backoff_ms,
    waitedMs: (row.now_s - row.run_at_s) * 1000,
    claimedAtS: row.now_s,
    trace: row.trace,
  }
}

// run_at as seconds in a float8: to the microsecond for the two centuries around now, and far cheaper to write than a
// timestamp or a numeric. A lane may end before (or begin behind) an older one by some microseconds; the next look
// from the front finds what that left out. The time now is computed once for all rows.
export const CLAIM_COLUMNS = `id, claim_number, queue, kind, priority, payload, attempts, max_attempts, crashes, timeout_ms, backoff_ms, trace,
  date_part('epoch', run_at) as run_at_s, (select date_part('epoch', now())) as now_s`

/** How every claim begins: by this it is found among the statements of the server (claims-under-way). */
export const CLAIM_SET = `update taskproc.tasks set
  status = 'in_progress', claimed_by = $1`

// By row address (ctid), not by a join on id: there is no join whose plan could go wrong when statistics are stale.
// A row that changed after the snapshot is skipped by the outer scan, and found by the next claim.
//
// Each lane is one range of the index tasks_claim, read in its order and only as far as the limit needs. Whether its
// queue is paused is asked here, in the snapshot of the claim: what the process knew before it would be too late.
//
// A claim need not be durable: lost in a crash of the server, the task is pending again and its old claim is refused
// (a settlement also names the process). So its commit does not wait for the disk. set_config sits in a condition
// that is computed once, before the scan; the third argument binds it to this transaction.
const CLAIM = `
${CLAIM_SET}, claimed_at = now(), updated_at = now(),
  attempts = attempts + 1, claim_number = claim_number + 1
where ctid = any (array (
    select due.address
    from unnest((select $3::text[]), (select $4::text[]), (select $5::smallint[]), (select $6::float8[]), (select $7::bigint[]),
      (select $9::integer[])) as lane(queue, kind, priority, after_run_at_s, after_id, most)
    cross join lateral (
      select t.ctid as address from taskproc.tasks t
      where t.claimable and t.queue = lane.queue and t.kind = lane.kind and t.priority = lane.priority
        and t.crashes <= $8 and t.run_at <= now() and (t.run_at, t.id) > (to_timestamp(lane.after_run_at_s), lane.after_id)
      order by t.run_at, t.id
      limit lane.most
      for update skip locked) as due
    where not exists (select from taskproc.pause_of(lane.queue))
    limit (select $2::integer)))
  and (select set_config('synchronous_commit', 'off', true)) is not null
  and exists (select from taskproc.processes p where p.id = $1 and p.state = 'running')
  and ($10::float8 is null or (select clock_timestamp() < to_timestamp($10 / 1000000)))
returning ${CLAIM_COLUMNS}`
