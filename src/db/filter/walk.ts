// A walk over the tasks that a filter means, stretch by stretch: each statement looks at a bounded number of rows, however
// few of them are meant, and however large the table is.
import type { TaskFilter } from '../../task/filter.ts'
import type { Status } from '../../task/status.ts'
import { type TaskId, taskId } from '../../task/task.ts'
import type { Db } from '../db.ts'
import { type Condition, condition } from './filter.ts'
import { WAYS, type Way, waysOf } from './ways.ts'

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
