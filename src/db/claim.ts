// Claim: the atomic move pending -> in_progress for a batch, lane by lane.

import { type LanePosition, type LaneStart, laneKey } from '../task/lane.ts'
import { DEFAULT_CRASH_LIMIT } from '../task/limits.ts'
import type { Claim, JsonValue, TaskId } from '../task/task.ts'
import type { Db } from './pool.ts'

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
  waited_ms: number
  trace: string | null
  run_at_text: string
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
  const { rows } = await db.query<ClaimRow>(CLAIM, [
    processId,
    limit,
    lanes.map((lane) => lane.queue),
    lanes.map((lane) => lane.kind),
    lanes.map((lane) => lane.priority),
    lanes.map((lane) => lane.afterRunAt),
    lanes.map((lane) => lane.afterId),
    maxCrashes,
    lanes.map((lane) => Math.min(lane.limit, limit)),
    expiresUs,
  ])
  const placed = inClaimOrder(rows, lanes)
  const positions: Claimed['positions'] = new Map()
  for (const { row } of placed) positions.set(laneKey(row), { afterRunAt: row.run_at_text, afterId: row.id })
  return { claims: placed.map(({ row }) => claimOf(row, processId)), positions }
}

/**
 * The rows come back in the order of their addresses; tasks are run in the order of their lanes, and of run_at and id
 * inside a lane. `waited_ms` is measured from one instant for the whole batch, so it orders as run_at does.
 */
function inClaimOrder(
  rows: readonly ClaimRow[],
  lanes: readonly LaneStart[],
): { row: ClaimRow; place: number }[] {
  const places = new Map(lanes.map((lane, place) => [laneKey(lane), place]))
  const placed = rows.map((row) => ({ row, place: places.get(laneKey(row)) ?? lanes.length }))
  return placed.sort(
    (a, b) => a.place - b.place || b.row.waited_ms - a.row.waited_ms || Number(a.row.id) - Number(b.row.id),
  )
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
    waitedMs: row.waited_ms,
    trace: row.trace,
  }
}

// to_json writes ISO 8601 with an offset, whatever DateStyle and time zone the session has.
export const CLAIM_COLUMNS = `id, claim_number, queue, kind, priority, payload, attempts, max_attempts, crashes, timeout_ms, backoff_ms, trace,
  extract(epoch from now() - run_at)::float8 * 1000 as waited_ms, to_json(run_at) #>> '{}' as run_at_text`

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
update taskproc.tasks set
  status = 'in_progress', claimed_by = $1, claimed_at = now(), updated_at = now(),
  attempts = attempts + 1, claim_number = claim_number + 1
where ctid = any (array (
    select due.address
    from unnest($3::text[], $4::text[], $5::smallint[], $6::timestamptz[], $7::bigint[], $9::integer[])
      as lane(queue, kind, priority, after_run_at, after_id, most)
    cross join lateral (
      select t.ctid as address from taskproc.tasks t
      where t.claimable and t.queue = lane.queue and t.kind = lane.kind and t.priority = lane.priority
        and t.crashes <= $8 and t.run_at <= now() and (t.run_at, t.id) > (lane.after_run_at, lane.after_id)
      order by t.run_at, t.id
      limit lane.most
      for update skip locked) as due
    where not exists (select from taskproc.pause_of(lane.queue))
    limit $2))
  and (select set_config('synchronous_commit', 'off', true)) is not null
  and exists (select from taskproc.processes p where p.id = $1 and p.state = 'running')
  and ($10::float8 is null or (select clock_timestamp() < to_timestamp($10 / 1000000)))
returning ${CLAIM_COLUMNS}`
