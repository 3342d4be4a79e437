// Rescue: declare the processes lost that stopped beating, and give back what they held. Anybody may do it, no leader.
import type { TaskId } from '../task/task.ts'
import type { Db } from './db.ts'
import { LEASE_END } from './owner.ts'
import { type Reached, type Rescued, rescuePiece } from './rescue-piece.ts'

export interface LostProcess {
  id: TaskId
  name: string
}

/**
 * Declares every process lost whose lease is over. Its row never comes back to life: a beat of it finds nothing, a
 * claim of it gives nothing, and it has to register anew. Returns those that this call found.
 */
export async function declareLost(db: Db): Promise<LostProcess[]> {
  const { rows } = await db.query<LostProcess>(DECLARE)
  return rows
}

/** Declares one process lost before its lease is over. Only for who can prove that it is dead. */
export async function declareDead(db: Db, processId: TaskId): Promise<void> {
  await db.query(DECLARE_DEAD, [processId])
}

const DECLARE_DEAD = `
with asleep as (delete from taskproc.sleepers where process_id = $1)
update taskproc.processes set state = 'lost', stopped_at = now() where id = $1 and state in ('running', 'draining')`

const DECLARE = `
with lost as (
  update taskproc.processes set state = 'lost', stopped_at = now()
  where id in (
    select id from taskproc.processes p
    where state in ('running', 'draining') and ${LEASE_END} < now()
    for update skip locked)
  returning id, name
), asleep as (
  delete from taskproc.sleepers where process_id in (select id from lost)
)
select id, name from lost`

/** So many claims of a process are read by one statement: at full speed, with one task that runs for an hour, it has 100 million. */
const PIECE_ROWS = 50_000

/**
 * Gives back up to `limit` tasks of lost processes, and wakes sleepers for them. A crash costs no attempt, but it is
 * counted: at `crashLimit` the task is quarantined in `error`. Call again until it returns fewer than `limit`. It reads in
 * pieces, the newest claims first; what a piece gave back stays so whatever becomes of the next one.
 */
export async function rescue(
  db: Db,
  crashLimit: number,
  limit: number,
  pieceRows = PIECE_ROWS,
): Promise<Rescued[]> {
  const all: Rescued[] = []
  let from: Reached[] | null = null
  for (let most = pieceRows; ; ) {
    const { rescued, reached } = await rescuePiece(db, crashLimit, limit - all.length, from, most)
    all.push(...rescued)
    if (all.length >= limit || reached.length === 0) return all
    // More claims of one moment than a piece has rows: it must get past them.
    if (from !== null && reached.some(isAmong(from))) most *= 2
    from = reached
  }
}

function isAmong(before: readonly Reached[]): (one: Reached) => boolean {
  return ({ id, reachedUs }) => before.some((other) => other.id === id && other.reachedUs === reachedUs)
}

/** After a complete pass of `rescue`: these processes were searched once. */
export async function markSwept(db: Db, processIds: readonly TaskId[]): Promise<void> {
  if (processIds.length === 0) return
  await db.query('update taskproc.processes set swept_at = now() where id = any ($1::bigint[])', [processIds])
}
