// Who keeps a statement waiting: asked on another connection while it waits, since afterwards nobody can tell.
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from '../errors.ts'
import type { Db } from './db.ts'
import type { Pool } from './pool.ts'

const LOOK_MS = 50
const LATEST_LOOK_MS = 400
const LOCK_NOT_AVAILABLE = '55P03'

export interface Blockers {
  /** Sessions; 0 is a prepared transaction. */
  readonly pids: readonly number[]
  /** It was the table of tasks that was waited for, and no row of it. */
  readonly isTable: boolean
}

type Gate<Value> =
  | { readonly isFree: true; readonly value: Value }
  /** Who was before us when we looked last. */
  | { readonly isFree: false; readonly blockers: Blockers }

/** The number of the session on the server, behind a pooler too as long as a transaction is open. */
export async function readPid(db: Db): Promise<number> {
  const { rows } = await db.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? 0
}

/** Waits for `statement` of the session `pid`, which has a lock_timeout, and looks who keeps it waiting. */
export async function tryFor<Value>(
  pool: Pool,
  pid: number,
  statement: Promise<Value>,
): Promise<Gate<Value>> {
  let blockers: Blockers = { pids: [], isTable: false }
  const answer = statement.then(
    (value) => ({ isFree: true as const, value }),
    (thrown: unknown) => {
      if (codeOf(thrown) === LOCK_NOT_AVAILABLE) return { isFree: false as const }
      throw thrown
    },
  )
  // Where every connection of the pool waits like this one, nobody can look: the answer must not wait for that.
  const look = async (): Promise<undefined> => {
    const { rows } = await pool.query<Blockers>(BLOCKERS, [pid]).catch(() => ({ rows: [] }))
    if (rows[0] !== undefined && rows[0].pids.length > 0) blockers = rows[0]
  }
  for (let lookMs = LOOK_MS; ; lookMs = Math.min(LATEST_LOOK_MS, lookMs * 1.5)) {
    const gate = await Promise.race([answer, sleep(lookMs).then(look)])
    if (gate !== undefined) return gate.isFree ? gate : { ...gate, blockers }
  }
}

const BLOCKERS = `
select pg_blocking_pids($1) as pids, exists (
  select from pg_locks l where l.pid = $1 and not l.granted and l.relation = to_regclass('taskproc.tasks')
    and l.locktype = 'relation') as "isTable"`
