// The timeline of one task: what its own columns tell, together with its log.
import type { Status } from '../task/status.ts'
import type { TaskId } from '../task/task.ts'
import { HAD_BEGUN } from './begun.ts'
import type { Db } from './db.ts'
import { iso } from './documents.ts'

export interface LogItem {
  /** ISO 8601 in UTC. */
  at: string
  attempt: number
  process: string | null
  level: 'debug' | 'info' | 'warn' | 'error'
  message: string
}

/** The most rows of its log that are read at once. A handler may log a million lines. */
export const TIMELINE_ROWS = 10_000

export interface TimelinePage {
  /** Oldest first. */
  readonly items: LogItem[]
  /** The `before` of the page with what is older; null where nothing is. */
  readonly next: TaskId | null
}

/**
 * What is known to have happened to a task: the newest `limit` rows of its log (of those with smaller ids than `before`),
 * with what the task itself tells of the same time. Pages have no gaps and no repeats; the start of an attempt is on the
 * page of its end. null where there is no such task.
 */
export async function readTimeline(
  db: Db,
  id: TaskId,
  { before, limit = TIMELINE_ROWS }: { before?: TaskId | undefined; limit?: number | undefined } = {},
): Promise<TimelinePage | null> {
  const { rows } = await db.query<PageRow>(TIMELINE, [id, 0, [], limit, before ?? null])
  const [first] = rows
  if (first === undefined) return null
  const { next, fromAt, untilAt } = first
  // Times as text of one form are in the order of time. A time that two pages share belongs to the newer one.
  const isOfPage = ({ logId, at }: PageRow) =>
    logId !== null || ((fromAt === null || at >= fromAt) && (untilAt === null || at < untilAt))
  return { items: rows.filter(isOfPage).map(documentOf), next }
}

type PageRow = NamedItem & {
  next: TaskId | null
  /** When the oldest row of the page was written, where there are older ones. */
  fromAt: string | null
  /** When the oldest row of the newer page was. */
  untilAt: string | null
}

function documentOf({ at, attempt, process, level, message }: LogItem): LogItem {
  return { at, attempt, process, level, message }
}

/** An item that is recognised when it is read again. */
export interface NamedItem extends LogItem {
  readonly name: string
  /** The row of the log that it comes from; null: the task itself. */
  readonly logId: TaskId | null
  /** Said when something else was: that an attempt which is over had begun. */
  readonly isLate: boolean
  /** The end of an attempt, or what an operator did: lines that belong before it may be written after it. */
  readonly isEnd: boolean
}

export interface Look {
  readonly status: Status
  /** By the clock of the database; null where it has not finished. */
  readonly finishedSecondsAgo: number | null
  readonly nowAt: string
  readonly items: NamedItem[]
}

/** What the task itself tells, and the newest rows of its log with larger ids than `after` except those; null: no such task. */
export async function readNewItems(
  db: Db,
  id: TaskId,
  { after, except }: { after: TaskId; except: readonly TaskId[] },
): Promise<Look | null> {
  type Row = NamedItem & Omit<Look, 'items'>
  const { rows } = await db.query<Row>(TIMELINE, [id, after, except, TIMELINE_ROWS, null])
  const [first] = rows
  if (first === undefined) return null
  const { status, finishedSecondsAgo, nowAt } = first
  return { status, finishedSecondsAgo, nowAt, items: rows }
}

const SECONDS = 'round(extract(epoch from at - started_at), 3)'

// The happy path has no log rows: enqueued, claimed and done are read from the task itself. An attempt that is over has
// its start in its log row, or its claim where that is all that is known. When a task is due now, it was enqueued for, unless it was claimed or sent round again since.
const TIMELINE = `
with task as (
  select t.*, coalesce(p.name, 'process ' || t.claimed_by) as process
  from taskproc.tasks t left join taskproc.processes p on p.id = t.claimed_by where t.id = $1
), log as (
  select * from taskproc.task_logs
  where task_id = $1 and id > $2 and id <> all ($3::bigint[]) and ($5::bigint is null or id < $5)
  order by id desc limit $4
), oldest as (
  select l.id, l.at from (select id, at from log order by id limit 1) as l
  where exists (select from taskproc.task_logs where task_id = $1 and id < l.id and id > $2)
), item as (
  select 'enqueued' as name, null::bigint as log_id, created_at as at, 0 as place, 0 as attempt, null as process, 'info' as level,
    'enqueued' || case when run_at > created_at and claim_number = 0 and not exists (
      select from taskproc.task_logs where task_id = $1 and event = 'retried') then ', due ' || ${iso('run_at')} else '' end as message
  from task
  union all
  select 'claimed ' || claim_number, null, claimed_at, 1, attempts, process, 'info', 'claimed'
  from task where claimed_at is not null
  union all
  select 'started ' || id, id, started_at, 2, attempt, process, 'info', case when ${HAD_BEGUN} then 'started' else 'claimed' end
  from log where started_at is not null and (${HAD_BEGUN} or started_at is distinct from (select claimed_at from task))
  union all
  select 'log ' || id, id, at, case event when 'log' then 3 else 4 end, attempt, process, level,
    case when event = message then event else event || ': ' || message end
    || case when started_at is null then '' when ${HAD_BEGUN} then ' (ran ' || ${SECONDS} || ' s)'
      else ' (' || ${SECONDS} || ' s after its claim)' end
  from log
  union all
  select 'done ' || claim_number, null, finished_at, 4, attempts, process, 'info', 'done' from task where status = 'done'
)
select i.name, i.log_id as "logId", i.name like 'started %' as "isLate", i.place = 4 as "isEnd",
  ${iso('i.at')} as at, i.attempt, i.process, i.level, i.message,
  task.status, extract(epoch from now() - task.finished_at)::float8 as "finishedSecondsAgo", ${iso('now()')} as "nowAt",
  (select id from oldest) as next, ${iso('(select at from oldest)')} as "fromAt",
  ${iso('(select at from taskproc.task_logs where task_id = $1 and id = $5)')} as "untilAt"
from item i cross join task order by i.at, i.place, i.log_id nulls first`
