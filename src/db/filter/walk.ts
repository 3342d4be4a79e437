// A walk over the tasks that a filter means, stretch by stretch: each statement looks at a bounded number of rows, however
// few of them are meant, and however large the table is.
import type { TaskFilter } from '../../task/filter.ts'
import type { Status } from '../../task/status.ts'
import { type TaskId, taskId } from '../../task/task.ts'
import type { Db } from '../pool.ts'
import { type Condition, condition } from './filter.ts'

/** The ways through the table; all but `ids` pass by what is not meant anyway. */
type Way = 'ids' | 'failed' | 'pending' | 'running'

/** Where a walk goes on. */
export interface Place {
  readonly way: Way
  readonly after: readonly string[]
}

interface Stretch {
  /** Rows that were looked at. */
  readonly looked: number
  /** null: the walk is over. */
  readonly next: Place | null
}

export interface Found extends Stretch {
  /** Tasks that are meant, in the order of the way. */
  readonly ids: readonly TaskId[]
  /** Since the first of the rows that were looked at was created; 0 where there was none. */
  readonly oldestMs: number
}

export interface Group {
  queue: string
  kind: string
  status: Status
  count: number
}

export interface Counted extends Stretch {
  readonly groups: readonly Group[]
}

/** Where the walk over what `filter` means begins. */
export function startOf(filter: TaskFilter): Place {
  const [way = 'ids'] = waysOf(filter)
  return { way, after: WAYS[way].start }
}

/** The next tasks that `filter` means, among at most `looks` rows. */
export async function findNext(db: Db, filter: TaskFilter, place: Place, looks: number): Promise<Found> {
  const row = await step<{ ids: string[]; oldestMs: number }>(db, filter, place, looks, FOUND)
  return {
    ids: row.ids.map(taskId),
    oldestMs: row.oldestMs,
    looked: row.looked,
    next: nextOf(row, filter, place, looks),
  }
}

/** How many `filter` means of the next `looks` rows. */
export async function countNext(db: Db, filter: TaskFilter, place: Place, looks: number): Promise<Counted> {
  const row = await step<{ groups: Group[] }>(db, filter, place, looks, COUNTED)
  return { groups: row.groups, looked: row.looked, next: nextOf(row, filter, place, looks) }
}

interface Step {
  looked: number
  position: string[] | null
  /** Whose tasks were looked at, on the way of what runs; null where no process was left. */
  process: string | null
}

async function step<Row extends object>(
  db: Db,
  filter: TaskFilter,
  { way, after }: Place,
  looks: number,
  answer: string,
): Promise<Row & Step> {
  const meant = condition(filter, 3)
  const { rows } = await db.query<Row & Step>(statement(way, meant, answer), [after, looks, ...meant.values])
  const [row] = rows
  if (row === undefined) throw new Error('a stretch of a walk gave no row')
  return row
}

function nextOf(
  { looked, position, process }: Step,
  filter: TaskFilter,
  { way }: Place,
  looks: number,
): Place | null {
  if (looked === looks && position !== null) return { way, after: position }
  if (process !== null) return { way, after: [String(BigInt(process) + 1n), '-infinity', '0'] }
  const ways = waysOf(filter)
  const following = ways[ways.indexOf(way) + 1]
  return following === undefined ? null : { way: following, after: WAYS[following].start }
}

function waysOf({ status = [] }: TaskFilter): readonly Way[] {
  const among = (...some: Status[]) => status.length > 0 && status.every((one) => some.includes(one))
  if (among('error')) return ['failed']
  if (!among('pending', 'in_progress')) return ['ids']
  // In this order: a task that is claimed on the way is met again.
  return [
    ...(status.includes('pending') ? ['pending' as const] : []),
    ...(status.includes('in_progress') ? ['running' as const] : []),
  ]
}

/**
 * `from` and `order` are a range of one index, and `position` is where its last row stands. `$1` is the position before.
 *
 * What runs is looked for process by process, where it can be: in the range of tasks_owner that begins with the oldest
 * claim of the process. Claims of one instant have the same place there, so those are looked at again: a claim takes
 * fewer than a stretch.
 */
const WAYS: Record<
  Way,
  { start: readonly string[]; whose: string; from: string; order: string; position: string }
> = {
  ids: {
    start: ['0'],
    whose: 'select null::bigint as id',
    from: `taskproc.tasks t where t.id > ($1::text[])[1]::bigint`,
    order: 't.id',
    position: 'id::text',
  },
  failed: {
    start: ['0'],
    whose: 'select null::bigint as id',
    from: `taskproc.tasks t where t.failed and t.id > ($1::text[])[1]::bigint`,
    order: 't.id',
    position: 'id::text',
  },
  pending: {
    start: ['', '', '-32768', '-infinity', '0'],
    whose: 'select null::bigint as id',
    from: `taskproc.tasks t where t.claimable and (t.queue, t.kind, t.priority, t.run_at, t.id) > (
      ($1::text[])[1], ($1::text[])[2], ($1::text[])[3]::smallint, ($1::text[])[4]::timestamptz, ($1::text[])[5]::bigint)`,
    order: 't.queue, t.kind, t.priority, t.run_at, t.id',
    position: `queue, kind, priority::text, to_json(run_at) #>> '{}', id::text`,
  },
  running: {
    start: ['0', '-infinity', '0'],
    whose: `select p.id, p.claims_since from taskproc.processes p
      where p.id >= ($1::text[])[1]::bigint and (p.state in ('running', 'draining')
        or p.swept_at is null or p.swept_at > now() - interval '10 minutes')
      order by p.id limit 1`,
    from: `whose p cross join lateral (
      select t.* from taskproc.tasks t where t.claimed_by = p.id and t.claimed_at >= greatest(
          p.claims_since - interval '1 minute',
          case when p.id = ($1::text[])[1]::bigint then ($1::text[])[2]::timestamptz else '-infinity' end)
      order by t.claimed_at) as t
      where (t.claimed_at, t.id) > (($1::text[])[2]::timestamptz, ($1::text[])[3]::bigint) or p.id > ($1::text[])[1]::bigint`,
    order: 't.claimed_at, t.id',
    position: `claimed_by::text, to_json(claimed_at) #>> '{}', id::text`,
  },
}

const FOUND = `
coalesce((select array_agg(id order by place) from seen where is_meant), '{}') as ids,
coalesce((select extract(epoch from now() - min(created_at)) * 1000 from seen), 0)::float8 as "oldestMs"`

const COUNTED = `
coalesce((select json_agg(same) from (
  select queue, kind, status, count(*) as count from seen where is_meant group by queue, kind, status) as same), '[]') as groups`

// The filter is a column and not a condition: what it says must not lead the planner away from the order of the way.
function statement(way: Way, { sql }: Condition, answer: string): string {
  const { whose, from, order, position } = WAYS[way]
  return `
with whose as materialized (${whose}), seen as materialized (
  select t.id, t.queue, t.kind, t.status, t.priority, t.run_at, t.claimed_by, t.claimed_at, t.created_at,
    coalesce(${sql}, false) as is_meant, row_number() over (order by ${order}) as place
  from ${from} order by ${order} limit $2
)
select (select count(*) from seen) as looked, (select id::text from whose) as process,
  (select array[${position}] from seen order by place desc limit 1) as position, ${answer}`
}
