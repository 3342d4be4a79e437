// Turns at pruning: processes with a retention time share one place in the table of tasks, and one pace.
import { FINISHED } from '../../task/status.ts'
import { type TaskId, taskId } from '../../task/task.ts'
import type { Db } from '../db.ts'
import { findNext } from '../filter/walk.ts'
import { PRUNE_TASKS } from './prune.ts'

export interface Turn {
  /** Behind this task it goes on; 0 at the begin of a round. */
  afterId: TaskId
  /** As the database writes it: who comes with another one is late, and somebody else has the turn. */
  token: string
}

/** A turn that was taken and never ended (its process died) is given to another after this. */
const TURN_MS = 60_000

/** The turn, or in how many milliseconds there is one. */
export async function takeTurn(db: Db): Promise<Turn | { dueInMs: number }> {
  const { rows } = await db.query<Partial<Turn> & { dueInMs: number | null }>(TAKE, [TURN_MS])
  const [{ afterId, token, dueInMs = null } = {}] = rows
  if (afterId !== undefined && afterId !== null && token) return { afterId, token }
  // What is due, and was not given to us, was given to somebody else while we waited for the row.
  return { dueInMs: dueInMs !== null && dueInMs > 0 ? dueInMs : TURN_MS }
}

/** The next turn comes `pauseMs` from now and goes on behind `afterId`. */
export async function endTurn(db: Db, token: string, afterId: TaskId, pauseMs: number): Promise<void> {
  await db.query(END, [token, afterId, pauseMs])
}

/**
 * The next tasks that finished so long ago, among as many as one statement deletes, and where to go on. That is null also
 * where all that was looked at is younger than that: what was created later cannot have finished earlier.
 */
export async function findOld(
  db: Db,
  olderThanMs: number,
  afterId: TaskId,
): Promise<{ ids: readonly TaskId[]; after: TaskId | null }> {
  const filter = { status: FINISHED, olderThanMs }
  const place = { way: 'ids', after: [String(afterId)] } as const
  const { ids, oldestMs, next } = await findNext(db, filter, place, PRUNE_TASKS)
  const [behind] = next?.after ?? []
  return { ids, after: oldestMs < olderThanMs || behind === undefined ? null : taskId(behind) }
}

// Of two that come together the second one waits for the row, and then finds that its time has not come.
const TAKE = `
with mine as (
  update taskproc.retention set next_at = now() + $1 * interval '1 millisecond' where next_at <= now()
  returning after_id, to_json(next_at) #>> '{}' as token
)
select mine.after_id as "afterId", mine.token,
  extract(epoch from r.next_at - now())::float8 * 1000 as "dueInMs"
from taskproc.retention r left join mine on true`

const END = `
update taskproc.retention set after_id = $2, next_at = clock_timestamp() + $3 * interval '1 millisecond'
where next_at = $1::timestamptz`
