// Acts on tasks that somebody named by their ids: they wait for others' locks for a while, and then say whose they are.
import { codeOf, Locked } from '../errors.ts'
import type { TaskId } from '../task/task.ts'
import { heldBy } from '../task/why/lock.ts'
import { type Act, carryOut } from './act.ts'
import { type Blockers, readPid, tryFor } from './blockers.ts'
import type { Db } from './db.ts'
import type { Pool } from './pool.ts'
import { rolledBack } from './rolled-back.ts'
import { LOCK_TIMEOUT_MS, transaction } from './transaction.ts'
import { readHolder } from './why/lock-holder.ts'

/**
 * Each of them is a live task that came in between, or one of two statements that waited for each other: somebody else got
 * on. Where several retry and enqueue the same keys all the time, three in a row were seen.
 */
const TRIES = 20
const AGAIN = ['23505', '40P01']

/** The first value that `act` has where nobody came in between. */
export async function insistently<Value>(act: () => Promise<Value>): Promise<Value> {
  for (let tried = 1; ; tried++) {
    try {
      return await act()
    } catch (thrown) {
      if (tried === TRIES || !AGAIN.includes(codeOf(thrown))) throw thrown
    }
  }
}

/**
 * Carries out `act` on these tasks, or with `isRehearsal` answers as if. All of it or, where one of them is locked for
 * longer than LOCK_TIMEOUT_MS, nothing: then it throws Locked, which names who has locked it.
 */
export async function carryOutNamed<Answer extends object>(
  pool: Pool,
  act: Act,
  ids: readonly TaskId[],
  by: string,
  isRehearsal: boolean,
): Promise<Answer[]> {
  const once = async (db: Db) =>
    tryFor(pool, await readPid(db), carryOut<Answer>(db, act, ids, by, undefined))
  const gate = await insistently(() =>
    isRehearsal
      ? rolledBack(pool, once, `begin; set local lock_timeout = ${LOCK_TIMEOUT_MS}`)
      : transaction(pool, async (db) => {
          const value = await once(db)
          return { commit: value.isFree, value }
        }),
  )
  // Asked when our own connection is free again: there may be no other.
  if (!gate.isFree) throw await lockedBy(pool, ids, gate.blockers)
  return gate.value
}

async function lockedBy(pool: Pool, ids: readonly TaskId[], blockers: Blockers): Promise<Locked> {
  const lock = await readHolder(pool, blockers)
  const locked = blockers.isTable ? [] : await readLocked(pool, ids)
  const [id = ids[0], ...others] = locked
  // Not its row: then it is the unique_key, which another transaction has given to a task that nobody sees yet.
  const what = locked.length === 0 ? 'its unique_key' : 'its row'
  const tasks = others.length === 0 ? `task ${id} is` : `task ${id} and ${others.length} more are`
  const hint = lock.pid === null ? '' : `, or end it: select pg_terminate_backend(${lock.pid})`
  return new Locked(`${tasks} locked: ${heldBy(lock, what)}; nothing was changed`, `Wait for its end${hint}`)
}

/** Those of them that somebody has locked. */
function readLocked(pool: Pool, ids: readonly TaskId[]): Promise<TaskId[]> {
  return rolledBack(pool, async (db) => {
    const { rows } = await db.query<{ id: TaskId }>(LOCKED, [ids])
    return rows.map(({ id }) => id)
  })
}

const LOCKED = `
with free as materialized (
  select id from taskproc.tasks where id = any ($1::bigint[]) order by id for update skip locked
)
select t.id from taskproc.tasks t where t.id = any ($1::bigint[]) and t.id not in (select id from free) order by t.id`
