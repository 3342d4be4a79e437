// What waits and who serves: the facts that several checks of doctor judge.
import type { Db } from '../db.ts'
import { LANE } from '../lanes.ts'
import { LEASE_END } from '../owner.ts'
import { rowsOf } from './finding.ts'

/** A lane whose first task is due. */
export interface DueLane {
  queue: string
  kind: string
  priority: number
  /** The task that is due first. */
  first_id: number | string
  /** For how long it has been due. */
  due_seconds: number
  is_paused: boolean
}

/** A process that claims: running, and its lease is not over. */
export interface LiveProcess {
  name: string
  /** null: every queue. */
  queues: string[] | null
  kinds: string[]
  workers: number
  running: number
  /** How many tasks of a kind it runs at once, where that is limited. */
  kind_limits: Record<string, number>
}

/** Lanes of one queue and kind, whatever their priority. */
export interface Waiting {
  queue: string
  kind: string
  first_id: number | string
  due_seconds: number
}

/** The lanes with due tasks, the longest wait first. Its cost is the number of lanes, not of tasks. */
export function readDueLanes(db: Db): Promise<DueLane[]> {
  return rowsOf<DueLane>(db, DUE_LANES)
}

/** Those that claim: running, and heard within their lease. */
export function readLiveProcesses(db: Db): Promise<LiveProcess[]> {
  return rowsOf<LiveProcess>(db, LIVE)
}

/** How many tasks of these queues and kinds are pending, counted up to a limit. */
export async function countPending(
  db: Db,
  lanes: readonly Pick<Waiting, 'queue' | 'kind'>[],
): Promise<number> {
  const queues = lanes.map(({ queue }) => queue)
  const kinds = lanes.map(({ kind }) => kind)
  const [row] = await rowsOf<{ n: number }>(db, PENDING, [queues, kinds, MOST_COUNTED])
  return row?.n ?? 0
}

const MOST_COUNTED = 10_000

/** `7 pending`, or `10,000 or more pending`. */
export function pendingText(pending: number): string {
  return pending < MOST_COUNTED
    ? `${pending} pending`
    : `${MOST_COUNTED.toLocaleString('en-US')} or more pending`
}

/** `1 live process`, `3 live processes`. */
export function processesText(processes: number): string {
  return `${processes} live process${processes === 1 ? '' : 'es'}`
}

/** Its queue and its kind. */
export function serves({ queues, kinds }: LiveProcess, lane: Pick<Waiting, 'queue' | 'kind'>): boolean {
  return servesQueue({ queues }, lane.queue) && kinds.includes(lane.kind)
}

/** `queues` null: every queue. */
export function servesQueue({ queues }: Pick<LiveProcess, 'queues'>, queue: string): boolean {
  return queues === null || queues.includes(queue)
}

/** Lanes of a queue and kind as one, with the longest wait; in the order of the lanes. */
export function byQueueAndKind(lanes: readonly DueLane[]): Waiting[] {
  const found = new Map<string, Waiting>()
  for (const { queue, kind, first_id, due_seconds } of lanes) {
    const key = `${queue}\u0000${kind}`
    const before = found.get(key)
    if (before === undefined || before.due_seconds < due_seconds)
      found.set(key, { queue, kind, first_id, due_seconds })
  }
  return [...found.values()]
}

// By lanes: a backlog of a million tasks that nobody serves costs a step for each of its lanes.
const DUE_LANES = `
with recursive ${LANE}
select lane.queue, lane.kind, lane.priority, first.id as first_id,
  extract(epoch from now() - first.run_at)::float8 as due_seconds,
  exists (select from taskproc.pause_of(lane.queue)) as is_paused
from lane cross join lateral (
  select t.id, t.run_at from taskproc.tasks t
  where t.claimable and t.queue = lane.queue and t.kind = lane.kind and t.priority = lane.priority
  order by t.run_at, t.id limit 1) as first
where first.run_at <= now()
order by first.run_at limit 1000`

const PENDING = `
select count(*)::float8 as n from (
  select from unnest($1::text[], $2::text[]) as lane(queue, kind) cross join lateral (
    select from taskproc.tasks t where t.claimable and t.queue = lane.queue and t.kind = lane.kind limit $3) as task
  limit $3) as counted`

const LIVE = `
select name, queues, kinds, workers, running, kind_limits from taskproc.processes p
where state = 'running' and ${LEASE_END} > now()
order by name`
