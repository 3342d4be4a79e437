// Browse: pages of tasks in the order of their ids, for `taskproc list` and `GET /tasks`.
import type { TaskFilter } from '../task/filter.ts'
import type { Status } from '../task/status.ts'
import type { TaskDocument, TaskId } from '../task/task.ts'
import type { Db } from './db.ts'
import { TASK } from './documents.ts'
import { condition } from './filter/filter.ts'
import { LANE } from './lanes.ts'
import { IS_CLAIMED, MAY_HOLD } from './owner.ts'

export interface Page {
  /** How many tasks at most. */
  readonly limit: number
  /** Behind this id in the order of the page; null: from its beginning. */
  readonly after: TaskId | null
  readonly newestFirst: boolean
}

export interface TaskPage {
  readonly items: TaskDocument[]
  /** The `after` of the next page; null where this is the last one. */
  readonly next: TaskId | null
}

/**
 * One page of the tasks that `filter` means. Pages have no gaps and no repeats, whatever is inserted or deleted between
 * them.
 *
 * Its cost is that of the page, and for `pending` at most that of the pending tasks, however many have finished. Only
 * what no index knows, rare ones among those that are done or cancelled, costs one pass over the table: 0.3 s with two
 * million finished tasks, 2 s with three million in 1.6 GB. An index for it would be paid for by each completion.
 * `answerTimeoutMs`: how long each of its statements may take; default: what the connection allows.
 */
export async function listTasks(
  db: Db,
  filter: TaskFilter,
  page: Page,
  { answerTimeoutMs }: { readonly answerTimeoutMs?: number } = {},
): Promise<TaskPage> {
  const wanted = page.limit + 1
  let rows: TaskDocument[] = []
  for (const { sql, values } of searches(filter, page)) {
    rows = await ask(db, sql, [wanted, ...values], answerTimeoutMs)
    if (rows.length === wanted) break
  }
  const items = rows.slice(0, page.limit)
  return { items, next: rows.length === wanted ? (items.at(-1)?.id ?? null) : null }
}

async function ask(
  db: Db,
  text: string,
  values: readonly unknown[],
  answerTimeoutMs: number | undefined,
): Promise<TaskDocument[]> {
  if (answerTimeoutMs === undefined) return (await db.query<TaskDocument>(text, [...values])).rows
  // The driver knows this field, its types do not.
  const patient = { text, values: [...values], query_timeout: answerTimeoutMs }
  return (await db.query<TaskDocument>(patient)).rows
}

interface Search {
  readonly sql: string
  /** From $2 on; $1 is how many rows are wanted. */
  readonly values: readonly unknown[]
}

/** What is tried one after the other until one fills the page; the last one is always right. */
function searches(filter: TaskFilter, page: Page): Search[] {
  const { status, ...others } = filter
  if (status?.every((each) => each in SOURCES)) {
    const sources = search(page, others, (where, order) =>
      status.map((each) => SOURCES[each]?.(where, order)).join(' union all '),
    )
    // What failed and what runs is found at once; what is pending is sorted, and there may be millions of it.
    return status.includes('pending') ? [search(page, filter, nearby), sources] : [sources]
  }
  if (filter.process !== undefined)
    return [search(page, filter, nearby), search(page, filter, owned(filter.process))]
  const everywhere = search(page, filter, anywhere)
  const isAllMeant = Object.keys(filter).length === 0
  return isAllMeant ? [everywhere] : [search(page, filter, nearby), everywhere]
}

interface Order {
  readonly direction: 'asc' | 'desc'
  /** The condition that an id lies behind the beginning of the page. */
  behind(id: string): string
  /** A further parameter of the statement. */
  parameter(value: unknown): string
}

/** A statement that finds ids: those for which `where` holds, in this order, no more than are wanted. */
type Find = (where: string, order: Order) => string

/**
 * How many ids are looked at before anything else: where they fill the page it costs no more than this, however the
 * matches lie and whatever the statistics say. Without it, one fresh task of a new kind costs a pass over the table.
 */
const LOOKED_AT_FIRST = 5_000

const nearby: Find = (where, { direction, behind }) => {
  const window = `select t.* from taskproc.tasks t where ${behind('t.id')} order by t.id ${direction} limit ${LOOKED_AT_FIRST}`
  return `(select t.id from (${window}) t where ${where} order by t.id ${direction} limit $1)`
}

/** By the primary key, or by whatever the planner finds. */
const anywhere: Find = (where, { direction, behind }) =>
  `(select t.id from taskproc.tasks t where ${behind('t.id')} and ${where} order by t.id ${direction} limit $1)`

/**
 * By another index, sorted afterwards. Taking them in the order of the primary key would mean to step over every
 * finished task that is older: `id + 0` keeps the planner from it.
 */
const sorted: Find = (where, { direction, behind }) =>
  `(select t.id from taskproc.tasks t where ${behind('t.id + 0')} and ${where} order by t.id + 0 ${direction} limit $1)`

/** What processes of this name hold or held at the end. */
function owned(name: string): Find {
  return (where, order) => `(
    select found.id from taskproc.processes p
    cross join lateral ${sorted(`t.claimed_by = p.id and ${where}`, order)} found
    where p.name = ${order.parameter(name)}::text)`
}

/** Where the tasks of a status are found without a look at others. */
const SOURCES: Partial<Record<Status, Find>> = {
  // Read in the order of the index, which nothing else offers, and filtered afterwards: whatever the planner believes
  // about the filter, with old statistics it would rather pass over the table.
  pending: (where, { behind, direction }) => {
    const ofLane =
      't.claimable and t.queue = lane.queue and t.kind = lane.kind and t.priority = lane.priority'
    const inLane = `select t.* from taskproc.tasks t where ${ofLane} order by t.run_at, t.id offset 0`
    return `(select found.id from lane cross join lateral
      (select t.id from (${inLane}) t where ${behind('t.id')} and ${where} order by t.id ${direction} limit $1) found)`
  },
  in_progress: (where, order) =>
    `(select found.id from taskproc.processes p
      cross join lateral ${sorted(`${IS_CLAIMED} and t.status = 'in_progress' and ${where}`, order)} found
      where ${MAY_HOLD})`,
  error: (where, order) => anywhere(`t.failed and ${where}`, order),
}

/** The statement that reads the tasks whose ids `find` finds. */
function search({ after, newestFirst }: Page, filter: TaskFilter, find: Find): Search {
  const { sql, values: ofFilter } = condition(filter, 2)
  const values = [...ofFilter]
  const parameter = (value: unknown) => `$${values.push(value) + 1}`
  const bound = after === null ? undefined : `${newestFirst ? '<' : '>'} ${parameter(after)}::bigint`
  const order: Order = {
    direction: newestFirst ? 'desc' : 'asc',
    behind: (id) => (bound === undefined ? 'true' : `${id} ${bound}`),
    parameter,
  }
  return { sql: statement(find(sql, order), order), values }
}

function statement(found: string, { direction }: Order): string {
  return `
${found.includes(' lane ') ? `with recursive ${LANE}` : ''}
select ${TASK}
from (select found.id from (${found}) found order by found.id ${direction} limit $1) page
join taskproc.tasks t on t.id = page.id left join taskproc.processes p on p.id = t.claimed_by
order by t.id ${direction}`
}
