// The look for work of a process: which lanes there are, and whether it should run a suspect, in one round trip.
import { FROM_THE_FRONT, type Lane, type LanePosition } from '../task/lane.ts'
import type { TaskId } from '../task/task.ts'
import type { Db } from './db.ts'
import { LANE } from './lanes.ts'
import { queryPlanned } from './planned.ts'

/** How long a suspect waits for a process that is idle, before a busy one makes room for it. */
const PATIENCE_MS = 5_000

export interface Looker {
  processId: TaskId
  /** null: every queue. */
  queues: readonly string[] | null
  kinds: readonly string[]
  /** A task with so many crashes is a suspect. */
  minCrashes: number
}

export interface Look {
  /** Every lane of these queues and kinds that holds a pending task, the larger priority first, but those of paused queues. */
  lanes: Lane[]
  /** Whether this process should run a suspect next. */
  isSuspectDue: boolean
  /** Whether a task is pending anywhere, also one that this process does not serve. */
  isAnyPending: boolean
}

/**
 * Whether a task is pending, whoever serves it: where none is, a look finds no lane and no suspect either. To ask this
 * costs the server a small part of a look, most of which is its plan.
 */
export async function isAnyPending(db: Db): Promise<boolean> {
  const { rows } = await queryPlanned(db, ANY_PENDING)
  return rows.length > 0
}

// In the order of tasks_claim, so that no statistics make the planner look for it among the finished ones.
const ANY_PENDING = `select from taskproc.tasks where claimable order by queue, kind, priority, run_at, id limit 1`

/**
 * Looks for lanes, and for suspects unless nothing is said of what the process holds. A process that holds nothing runs
 * any suspect; of those that are busy only the oldest that serves its queue and kind makes room, and only when no idle
 * process has taken it for a while. It costs the number of lanes in the table, not the number of tasks.
 */
export async function look(
  db: Db,
  { processId, queues, kinds, minCrashes }: Looker,
  holds: 'nothing' | 'something' | 'unasked',
): Promise<Look> {
  const { rows } = await db.query<Found>(LOOK, [queues, kinds, processId, minCrashes, holds, PATIENCE_MS])
  const [first] = rows
  if (first === undefined) throw new Error('a look gave no row')
  const { isSuspectDue, isAnyPending } = first
  return { lanes: rows.flatMap(laneOf), isSuspectDue, isAnyPending }
}

type LaneRow = Omit<Lane, 'front'> & LanePosition
type Found = { [Name in keyof LaneRow]: LaneRow[Name] | null } & Omit<Look, 'lanes'>

/** Where there is no lane, one row all the same says whether there is a suspect. */
function laneOf({ queue, kind, priority, dueInMs, afterRunAtS, afterId }: Found): Lane[] {
  if (queue === null || kind === null || priority === null || dueInMs === null) return []
  if (afterRunAtS === null || afterId === null) return []
  const isExact = Math.abs(afterRunAtS) < EXACT_S
  return [{ queue, kind, priority, dueInMs, front: isExact ? { afterRunAtS, afterId } : FROM_THE_FRONT }]
}

/** From 1833 to 2106 a number of seconds names each microsecond. Rounded up, a front would leave out the task it is of. */
const EXACT_S = 2 ** 32

// Every process asks this again and again while there is nothing to do: in two statements it would cost the server almost
// twice as much, since what such a statement costs is its way and its plan. The suspects come from tasks_crashed, which is
// empty as a rule; nobody looks there where nothing is asked.
const LOOK = `
with recursive ${LANE}
select lane.queue, lane.kind, lane.priority, lane."dueInMs", lane."afterRunAtS", lane."afterId", suspects.due as "isSuspectDue",
  exists (select from lane) as "isAnyPending"
from (
  select $5::text <> 'unasked' and exists (
    select from taskproc.tasks t
    where t.claimable and t.crashes > 0 and t.crashes >= $4 and t.run_at <= now()
      and not exists (select from taskproc.pause_of(t.queue))
      and case when $5 = 'nothing'
        then exists (
          select from taskproc.processes p
          where p.id = $3 and (p.queues is null or t.queue = any (p.queues)) and t.kind = any (p.kinds))
        else t.updated_at < now() - $6 * interval '1 millisecond' and $3 = (
          select min(p.id) from taskproc.processes p
          where p.state = 'running' and (p.queues is null or t.queue = any (p.queues)) and t.kind = any (p.kinds))
        end) as due) as suspects
left join (
  select lane.queue, lane.kind, lane.priority, date_part('epoch', lane.run_at) as "afterRunAtS", lane.id - 1 as "afterId",
         least(extract(epoch from lane.run_at - now()) * 1000, 1e15)::float8 as "dueInMs"
  from lane
  where ($1::text[] is null or lane.queue = any ($1)) and lane.kind = any ($2)
    and not exists (select from taskproc.pause_of(lane.queue))) as lane on true
order by lane.priority desc, lane.queue, lane.kind`
