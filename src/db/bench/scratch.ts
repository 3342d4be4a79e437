// Scratch databases: made beside a database for a measurement, and dropped after it, so that no table of the user's grows.
import { randomBytes } from 'node:crypto'
import { codeOf } from '../../errors.ts'
import type { Db } from '../db.ts'
import { createClient } from '../pool.ts'
import { holdMark, isMarked } from './mark.ts'

const PREFIX = 'taskproc_bench'
const RANDOM_BYTES = 4
const INSUFFICIENT_PRIVILEGE = '42501'

export interface Scratch {
  readonly name: string
  readonly url: string
  /** Takes the mark away that says that it is in use. */
  readonly leave: () => Promise<void>
}

/**
 * Creates an empty database on the server of `url`, marked as in use; null where this role may not. Its name tells when
 * (seconds since 1970), for who finds it.
 */
export async function createScratch(url: string, now: Date): Promise<Scratch | null> {
  const name = `${PREFIX}_${Math.floor(now.getTime() / 1000)}_${randomBytes(RANDOM_BYTES).toString('hex')}`
  // Marked before it is there: nobody ever sees it without.
  const leave = await holdMark(url, name)
  try {
    await administer(url, (db) => db.query(`create database ${name} template template0 encoding 'UTF8'`))
  } catch (thrown) {
    await leave()
    if (codeOf(thrown) === INSUFFICIENT_PRIVILEGE) return null
    throw thrown
  }
  return { name, url: inDatabase(url, name), leave }
}

/** Drops it, whoever is connected. */
export async function dropScratch(
  url: string,
  { name, leave }: Pick<Scratch, 'name' | 'leave'>,
): Promise<void> {
  try {
    await administer(url, (db) => db.query(`drop database if exists ${name} with (force)`))
  } finally {
    await leave()
  }
}

/** Drops the scratch databases that nobody uses any more; returns their names. */
export async function dropLeftovers(url: string): Promise<string[]> {
  return administer(url, async (db) => {
    const dropped: string[] = []
    for (const { name } of await readLeftDatabases(db)) {
      const isDropped = await db.query(`drop database ${name}`).then(
        () => true,
        // Somebody connected or dropped it meanwhile, or it is another role's: doctor names it.
        () => false,
      )
      if (isDropped) dropped.push(name)
    }
    return dropped
  })
}

/** The scratch databases whose measurement has ended without dropping them, with their age in seconds. */
export async function readLeftDatabases(db: Db): Promise<{ name: string; ageSeconds: number }[]> {
  const { rows } = await db.query<{ name: string; ageSeconds: number }>(LEFTOVERS)
  return rows
}

const LEFTOVERS = `
select d.datname as name,
  (extract(epoch from now()) - split_part(d.datname, '_', 3)::float8)::float8 as "ageSeconds"
from pg_database d
where d.datname ~ '^${PREFIX}_[0-9]+_[0-9a-f]+$' and not ${isMarked('d.datname')}
order by d.datname`

/** On a connection of its own: databases are made and dropped outside of transactions, and it may take its time. */
export async function administer<T>(url: string, act: (db: Db) => Promise<T>): Promise<T> {
  const client = createClient({ url, applicationName: 'taskproc bench', answerTimeoutMs: 0 })
  client.on('error', () => {})
  await client.connect()
  try {
    return await act(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** `url` with another database. By hand: `new URL` refuses `postgresql://user@/db?host=/dir`, which has no host. */
export function inDatabase(url: string, name: string): string {
  const [, scheme = '', authority = '', query = ''] =
    /^(postgres(?:ql)?:\/\/)([^/?#]*)(?:\/[^?#]*)?(?:\?([^#]*))?/i.exec(url) ?? []
  if (scheme === '') throw new Error('not the URL of a PostgreSQL database')
  // A database that the query names would win.
  const kept = query.split('&').filter((pair) => pair !== '' && !/^(dbname|database)=/i.test(pair))
  return `${scheme}${authority}/${name}${kept.length > 0 ? `?${kept.join('&')}` : ''}`
}
