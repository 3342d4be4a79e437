// The row of a remote worker: it registers with its first claim, and every later call shows that it lives. Its `pid` is 0:
// no process of ours, so nobody may act in its name but who knows its id.
import type { TaskId } from '../../task/task.ts'
import { BEATEN_AT } from '../beat.ts'
import type { Db } from '../db.ts'
import { findNamesake, type Joined, register } from '../processes.ts'
import { declareLost } from '../rescue.ts'

const REMOTE_PID = 0
const REMOTE_VERSION = 'remote'
/** Each further try means that a namesake ended between two statements. */
const TRIES = 3

export interface NewRemote {
  name: string
  host: string
  /** null: every queue. */
  queues: readonly string[] | null
  kinds: readonly string[]
  /** How many tasks it asks for at once. */
  workers: number
  leaseMs: number
}

/** Who calls: the name it gave itself, and the id that it was given when it registered (its incarnation). */
export interface Caller {
  name: string
  id: TaskId
}

/** The row's id; or, where a live process has the name, how long until that one's lease is over. */
export async function joinRemote(db: Db, remote: NewRemote): Promise<Joined | { leaseLeftMs: number }> {
  const row = { ...remote, pid: REMOTE_PID, pidProof: null, version: REMOTE_VERSION }
  let leaseLeftMs = 0
  for (let tries = 0; tries < TRIES; tries++) {
    const joined = await register(db, row)
    if (joined !== null) return joined
    const namesake = await findNamesake(db, remote.name)
    if (namesake === null) continue
    leaseLeftMs = namesake.lease_left_ms
    if (leaseLeftMs >= 0) break
    await declareLost(db)
  }
  return { leaseLeftMs: Math.max(0, leaseLeftMs) }
}

export interface Present {
  state: 'running' | 'draining'
  lease_ms: number
  /** The clock of the database, in microseconds since 1970. */
  at_us: number
}

/**
 * Finds the row and keeps every other call of the same worker waiting until the transaction is over: what it holds does
 * not change under this one. `renews` its lease too. null where it is not alive, or no remote worker.
 */
export async function showUp(db: Db, { id, name }: Caller, renews: boolean): Promise<Present | null> {
  const { rows } = await db.query<Present>(SHOW_UP, [id, name, REMOTE_PID, renews])
  return rows[0] ?? null
}

// Neither a beat nor a claim need be durable.
const SHOW_UP = `
update taskproc.processes set heartbeat_at = case when $4 then ${BEATEN_AT} else heartbeat_at end
where id = $1 and name = $2 and pid = $3 and state in ('running', 'draining')
  and (select set_config('synchronous_commit', 'off', true)) is not null
returning state, lease_ms, (extract(epoch from now()) * 1000000)::bigint as at_us`

/** Why `showUp` found nobody. `other`: there is such a row, but of another name, or of a process that is no remote worker. */
export type Absence = 'unknown' | 'other' | 'lost' | 'stopped'

/** Asked after `showUp`: a process that lives by now is told that it was lost, and registers anew. */
export async function whyAbsent(db: Db, { id, name }: Caller): Promise<Absence> {
  const { rows } = await db.query<{ state: string; is_same: boolean }>(
    'select state, name = $2 and pid = $3 as is_same from taskproc.processes where id = $1',
    [id, name, REMOTE_PID],
  )
  const [row] = rows
  if (row === undefined) return 'unknown'
  if (!row.is_same) return 'other'
  return row.state === 'stopped' ? 'stopped' : 'lost'
}
