// Who keeps a task from being claimed by a lock, on its row or on the whole table: we stand in the queue for a moment, and
// ask who is before us. pg_locks alone cannot tell, since locks on rows are not in it.
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from '../../errors.ts'
import type { TaskId } from '../../task/task.ts'
import type { WhyLock } from '../../task/why/facts.ts'
import type { Db, Pool } from '../pool.ts'
import { rolledBack } from '../rolled-back.ts'

/** Claims, retries and settlements lock rows too, for a moment: who holds a lock for longer than this is in the way. */
const PATIENCE_MS = 400
const LOOK_MS = 50
const LOCK_NOT_AVAILABLE = '55P03'

/** Who holds the table, or stands before everybody in the queue for it, so that nothing can be claimed; null: nobody. */
export async function readTableLock(pool: Pool): Promise<WhyLock | null> {
  return waiting(pool, async (db, pid) => {
    const gate = await tryFor(pool, pid, db.query('lock table taskproc.tasks in row exclusive mode'))
    return gate.isFree ? null : readHolder(pool, gate.blockers, true)
  })
}

/** Who locks the row; null: nobody. `moved`: it is not the pending task any more that it was at this claim number. */
export async function readRowLock(
  pool: Pool,
  id: TaskId,
  claimNumber: number,
): Promise<WhyLock | null | 'moved'> {
  return waiting(pool, async (db, pid) => {
    const gate = await tryFor(pool, pid, db.query(LOCK_ROW, [id, claimNumber]))
    if (gate.isFree) return gate.rows === 1 ? null : 'moved'
    return readHolder(pool, gate.blockers, false)
  })
}

/** Runs `look` in a transaction that waits for no lock longer than our patience. */
function waiting<T>(pool: Pool, look: (db: Db, pid: number) => Promise<T>): Promise<T> {
  return rolledBack(pool, async (db) => {
    await db.query(`set local lock_timeout = ${PATIENCE_MS}`)
    const { rows } = await db.query<{ pid: number }>('select pg_backend_pid() as pid')
    return look(db, rows[0]?.pid ?? 0)
  })
}

interface Gate {
  readonly isFree: boolean
  readonly rows: number
  /** Who was before us when we looked last; 0 is a prepared transaction. */
  readonly blockers: readonly number[]
}

/** Waits for `statement` of the session `pid`, and looks on another connection who keeps it waiting. */
async function tryFor(
  pool: Pool,
  pid: number,
  statement: Promise<{ rowCount: number | null }>,
): Promise<Gate> {
  let blockers: readonly number[] = []
  const answer = statement.then(
    ({ rowCount }) => ({ isFree: true, rows: rowCount ?? 0 }),
    (thrown: unknown) => {
      if (codeOf(thrown) === LOCK_NOT_AVAILABLE) return { isFree: false, rows: 0 }
      throw thrown
    },
  )
  for (;;) {
    const gate = await Promise.race([answer, sleep(LOOK_MS)])
    if (gate !== undefined) return { ...gate, blockers }
    const { rows } = await pool.query<{ pids: number[] }>('select pg_blocking_pids($1) as pids', [pid])
    if (rows[0] !== undefined && rows[0].pids.length > 0) blockers = rows[0].pids
  }
}

/** The one of them that is there for longest. */
async function readHolder(db: Db, pids: readonly number[], isTable: boolean): Promise<WhyLock> {
  const { rows } = await db.query<WhyLock>(HOLDER, [pids])
  const nobody = { pid: null, application: null, state: null, since_seconds: null, is_exclusive: false }
  return { ...(rows[0] ?? nobody), is_table: isTable }
}

// As a claim does, but it waits where a claim steps over.
const LOCK_ROW = `
select from taskproc.tasks where id = $1 and claimable and claim_number = $2 for update`

const HOLDER = `
select a.pid, a.application_name as application, a.state, extract(epoch from now() - a.xact_start)::float8 as since_seconds,
  exists (
    select from pg_locks l where l.pid = a.pid and l.relation = to_regclass('taskproc.tasks')
      and l.mode = 'AccessExclusiveLock') as is_exclusive
from pg_stat_activity a where a.pid = any ($1)
order by a.xact_start limit 1`
