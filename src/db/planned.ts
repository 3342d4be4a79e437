// Statements that an idle process says again and again: named, so that the server plans each once for a connection. The
// plan is most of what such a statement costs it: a beat 0.5 ms with, and 0.2 ms without.
import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Db } from './pool.ts'

/** Behind a pooler another client's connection may come to us: it does not know the name, or knows it already. */
const NAME_UNKNOWN = '26000'
const NAME_KNOWN = '42P05'

/** Where names do not work: nothing depends on them. */
const withoutNames = new WeakSet<Db>()
const names = new Map<string, string>()

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
