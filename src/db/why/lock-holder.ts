// Who keeps a task from being claimed by a lock, on its row or on the whole table: we stand in the queue for a moment, and
// ask who is before us. pg_locks alone cannot tell, since locks on rows are not in it.
import type { TaskId } from '../../task/task.ts'
import type { WhyLock, WhyTask } from '../../task/why/facts.ts'
import { type Blockers, readPid, tryFor } from '../blockers.ts'
import type { Db } from '../db.ts'
import type { Pool } from '../pool.ts'
import { rolledBack } from '../rolled-back.ts'

/** Claims, retries and settlements lock rows too, for a moment: who holds a lock for longer than this is in the way. */
const PATIENCE_MS = 400

/** Who holds the table, or stands before everybody in the queue for it, so that nothing can be claimed; null: nobody. */
export async function readTableLock(pool: Pool): Promise<WhyLock | null> {
  return waiting(pool, async (db, pid) => {
    const gate = await tryFor(pool, pid, db.query('lock table taskproc.tasks in row exclusive mode'))
    return gate.isFree ? null : readHolder(pool, { ...gate.blockers, isTable: true })
  })
}

/** Who locks the row; null: nobody. `moved`: it has another status or claim number by now. */
export async function readRowLock(
  pool: Pool,
  id: TaskId,
  { status, claim_number }: Pick<WhyTask, 'status' | 'claim_number'>,
): Promise<WhyLock | null | 'moved'> {
  return waiting(pool, async (db, pid) => {
    const gate = await tryFor(pool, pid, db.query(LOCK_ROW, [id, claim_number, status]))
    if (gate.isFree) return gate.value.rowCount === 1 ? null : 'moved'
    return readHolder(pool, { ...gate.blockers, isTable: false })
  })
}

/** Runs `look` in a transaction that waits for no lock longer than our patience. */
function waiting<T>(pool: Pool, look: (db: Db, pid: number) => Promise<T>): Promise<T> {
  return rolledBack(pool, async (db) => {
    await db.query(`set local lock_timeout = ${PATIENCE_MS}`)
    return look(db, await readPid(db))
  })
}

/** The one of them that is there for longest. */
export async function readHolder(db: Db, { pids, isTable }: Blockers): Promise<WhyLock> {
  const { rows } = await db.query<WhyLock>(HOLDER, [pids])
  const nobody = { pid: null, application: null, state: null, since_seconds: null, is_exclusive: false }
  return { ...(rows[0] ?? nobody), is_table: isTable }
}

// As a claim or a retry does, but it waits where a claim steps over.
const LOCK_ROW = `
select from taskproc.tasks where id = $1 and claim_number = $2 and status = $3 for update`

const HOLDER = `
select a.pid, a.application_name as application, a.state, extract(epoch from now() - a.xact_start)::float8 as since_seconds,
  exists (
    select from pg_locks l where l.pid = a.pid and l.relation = to_regclass('taskproc.tasks')
      and l.mode = 'AccessExclusiveLock') as is_exclusive
from pg_stat_activity a where a.pid = any ($1)
order by a.xact_start limit 1`
