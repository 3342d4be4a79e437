// What stats reads, in one statement and so from one snapshot: counts, what is due, pauses and processes.
import type { CountRow } from '../../task/counts.ts'
import type { ProcessCounters, RunningTask } from '../beat.ts'
import type { Db } from '../db.ts'
import { HELD, IS_SILENT } from '../held.ts'
import { LANE } from '../lanes.ts'
import { FROM_COUNTERS, FROM_ROWS } from './counts.ts'
import { WAITING } from './pending.ts'

export interface Picture {
  readonly counts: readonly CountRow[]
  /** Each queue that has a task or is paused by its name; `due_seconds`: since when its oldest pending task is due. */
  readonly queues: readonly QueueRow[]
  readonly processes: readonly ProcessRow[]
}

interface QueueRow {
  readonly queue: string
  readonly paused: boolean
  readonly due_seconds: number | null
}

export interface ProcessRow {
  readonly id: number | string
  readonly name: string
  readonly host: string
  readonly pid: number
  readonly version: string
  readonly state: 'running' | 'draining' | 'stopped' | 'lost'
  readonly queues: string[] | null
  readonly kinds: string[]
  readonly workers: number
  /** As of its last beat; of one whose lease is over, the tasks that it holds by their rows. */
  readonly running: number
  /** As of its last beat; of one whose lease is over none, they are counted above. */
  readonly waiting: number
  readonly started_at: string
  readonly heartbeat_at: string
  readonly last_beat_seconds: number
  readonly lease_seconds: number
  readonly now_us: number
  /** As the process wrote them, without `kinds`; one that has not beaten yet has none. */
  readonly counters: Partial<ProcessCounters>
  readonly doing: readonly RunningTask[]
}

/** A table below this is counted row by row: that is as fast, and right whatever was done to it. 8,000 pages. */
export const SMALL_TABLE_BYTES = 64 * 1024 * 1024

/** The size of the table of tasks without its indexes: one look into the file system of the server. */
export async function readTableBytes(db: Db): Promise<number> {
  const { rows } = await db.query<{ bytes: number }>(
    `select pg_relation_size('taskproc.tasks')::float8 as bytes`,
  )
  return rows[0]?.bytes ?? 0
}

/** A count of a large table takes as long as it takes: a day. */
const COUNT_TIMEOUT_MS = 86_400_000

/** Reads every row of the table: right, and as slow as the table is large. No limit on the answer but a day. */
export async function readExactly(db: Db): Promise<Picture> {
  // The driver knows this field, its types do not.
  const patient = { text: EXACT, query_timeout: COUNT_TIMEOUT_MS }
  const { rows } = await db.query<Picture>(patient)
  return pictureOf(rows[0])
}

/** Reads what is pending and what was counted by those who did it; its cost does not grow with what is finished. */
export async function readCounted(db: Db): Promise<Picture> {
  const answers: unknown = await db.query(COUNTED)
  // One answer for each statement of the message; the picture is the last.
  const last = [answers].flat().at(-1) as { rows: Picture[] }
  return pictureOf(last.rows[0])
}

function pictureOf(row: Picture | undefined): Picture {
  if (row === undefined) throw new Error('stats: no row')
  return row
}

/** A process that ended longer ago than this is history. */
const RECENT_SECONDS = 3600

// What the last beat told and what has ended since is left out: a task of a tenth of a second would seem to run until the
// next one. A scalar subquery, so that no plan can be anything but a look by the primary key, 20 for each process.
const STILL_DOING = `
coalesce((
  select jsonb_agg(told.run order by told.place) from jsonb_array_elements(p.doing) with ordinality as told (run, place)
  where (select t.status = 'in_progress' and t.claimed_by = p.id from taskproc.tasks t where t.id = (told.run ->> 'id')::bigint)
), '[]')`

const picture = (counts: string) => `
with recursive ${LANE}, ${WAITING}, counted (queue, kind, status, n) as (${counts}
), due as (
  select lane.queue, extract(epoch from now() - min(first.run_at))::float8 as seconds
  from lane cross join lateral (
    select t.run_at from taskproc.tasks t
    where t.claimable and t.queue = lane.queue and t.kind = lane.kind and t.priority = lane.priority
    order by t.run_at, t.id limit 1) as first
  where first.run_at <= now() group by lane.queue
), named as (
  select queue from counted where n <> 0
  union select name from taskproc.queues where name <> '' and paused_at is not null
), recent as (
  select id, name, host, pid, version, state, queues, kinds, workers,
    case when ${IS_SILENT} then ${HELD} else running end as running, case when ${IS_SILENT} then 0 else waiting end as waiting,
    to_json(started_at at time zone 'UTC') #>> '{}' || 'Z' as started_at,
    to_json(heartbeat_at at time zone 'UTC') #>> '{}' || 'Z' as heartbeat_at,
    extract(epoch from now() - heartbeat_at)::float8 as last_beat_seconds, lease_ms / 1000.0::float8 as lease_seconds,
    (extract(epoch from now()) * 1000000)::float8 as now_us, counters - 'kinds' as counters,
    case when state in ('running', 'draining') then ${STILL_DOING} else '[]' end as doing
  from taskproc.processes p
  where state in ('running', 'draining') or stopped_at > now() - ${RECENT_SECONDS} * interval '1 second'
  order by (state in ('running', 'draining')) desc, id desc
  limit 1000
)
select
  (select coalesce(json_agg(counted), '[]') from counted where n <> 0) as counts,
  (select coalesce(json_agg(json_build_object('queue', queue, 'due_seconds', due.seconds,
      'paused', exists (select from taskproc.pause_of(named.queue)))), '[]')
    from named left join due using (queue)) as queues,
  (select coalesce(json_agg(recent), '[]') from recent) as processes`

const EXACT = picture(FROM_ROWS)

// Statistics from a time when all was pending would make the planner read the whole table, and compiling the statement
// takes longer than running it. In one message the statements are one transaction, so the settings end with it.
const COUNTED = `
set local enable_seqscan = off;
set local jit = off;
${picture(FROM_COUNTERS)}`
