// Statements that are said again and again: named, so that the server plans each once for a connection. The plan is most
// of what a small one costs it: a beat 0.5 ms with, and 0.2 ms without; a claim of one task 1 ms, and 0.5.
import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Db } from './db.ts'

/** Behind a pooler another client's connection may come to us: it does not know the name, or knows it already. */
const NAME_UNKNOWN = '26000'
const NAME_KNOWN = '42P05'

/** Pools whose connections plan along indexes only. */
const alongIndexes = new WeakSet<Db>()
/** Where names do not work: nothing depends on them. */
const withoutNames = new WeakSet<Db>()
const names = new Map<string, string>()

/**
 * Makes a new connection of `pool` plan along indexes only, whatever the statistics say. A plan that was made while the
 * table was empty would read the whole of it, and be kept while it grows: a settlement of 500 among 300,000 rows took
 * 60 ms, a claim 700.
 *
 * Behind a transaction pooler the session is other people's too, and their statements would be planned so: there the pid
 * that the connection was told of is not that of its backend, and nothing is set.
 */
export async function planAlongIndexes(
  pool: Db,
  client: pg.ClientBase & { processID?: number },
): Promise<void> {
  const { rows } = await client.query(ALONG_INDEXES, [client.processID])
  if (rows.length > 0) alongIndexes.add(pool)
  else alongIndexes.delete(pool)
}

// Where there is no index to go along, a forbidden plan is taken all the same, at a cost for which jit would set to work.
const ALONG_INDEXES = `
select set_config(name, 'off', false) from unnest('{enable_seqscan, enable_hashjoin, enable_mergejoin, jit}'::text[]) as name
where pg_backend_pid() = $1`

/** For statements that find their tasks along indexes: named where their plan can be kept, however the table grows. */
export function queryTasks<Row extends pg.QueryResultRow>(
  db: Db,
  text: string,
  values: unknown[],
): Promise<pg.QueryResult<Row>> {
  return alongIndexes.has(db) ? queryPlanned(db, text, values) : db.query<Row>(text, values)
}

/** For a statement that a client may send inside a transaction of its own, where a refused name would end it: a pool has none. */
export function queryOutside<Row extends pg.QueryResultRow>(
  db: Db,
  text: string,
  values: unknown[],
): Promise<pg.QueryResult<Row>> {
  return isPool(db) ? queryPlanned(db, text, values) : db.query<Row>(text, values)
}

/** Also one that another copy of pg has made, as that of a program which uses the library. */
function isPool(db: Db): boolean {
  return 'totalCount' in db && 'idleCount' in db
}

/**
 * Sends `text` by a name that only this text has. Not inside a transaction: where a pooler refuses the name, it is sent
 * again without one, and so is all that follows.
 */
export async function queryPlanned<Row extends pg.QueryResultRow>(
  db: Db,
  text: string,
  values: unknown[] = [],
): Promise<pg.QueryResult<Row>> {
  if (!withoutNames.has(db)) {
    try {
      return await db.query<Row>({ name: nameOf(text), text, values })
    } catch (thrown) {
      if (!isRefusedName(thrown)) throw thrown
      withoutNames.add(db)
    }
  }
  return db.query<Row>(text, values)
}

function nameOf(text: string): string {
  const name = names.get(text) ?? `taskproc_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
  names.set(text, name)
  return name
}

function isRefusedName(thrown: unknown): boolean {
  return (
    thrown instanceof Error && 'code' in thrown && [NAME_UNKNOWN, NAME_KNOWN].includes(String(thrown.code))
  )
}
