// Scratch databases: made beside a database for a measurement, and dropped after it, so that no table of the user's grows.
import { randomBytes } from 'node:crypto'
import { codeOf } from '../../errors.ts'
import { createClient, type Db } from '../pool.ts'

const PREFIX = 'taskproc_bench'
const RANDOM_BYTES = 4
const INSUFFICIENT_PRIVILEGE = '42501'

export interface Scratch {
  readonly name: string
  readonly url: string
}

/**
 * Creates an empty database on the server of `url`; null where this role may not. Its name tells when (seconds since
 * 1970), so that `dropLeftovers` knows what was left behind.
 */
export async function createScratch(url: string, now: Date): Promise<Scratch | null> {
  const name = `${PREFIX}_${Math.floor(now.getTime() / 1000)}_${randomBytes(RANDOM_BYTES).toString('hex')}`
  try {
    await administer(url, (db) => db.query(`create database ${name} template template0 encoding 'UTF8'`))
  } catch (thrown) {
    if (codeOf(thrown) === INSUFFICIENT_PRIVILEGE) return null
    throw thrown
  }
  return { name, url: inDatabase(url, name) }
}

/** Drops it, whoever is connected. */
export async function dropScratch(url: string, { name }: Pick<Scratch, 'name'>): Promise<void> {
  await administer(url, (db) => db.query(`drop database if exists ${name} with (force)`))
}

/** Drops the scratch databases that are older than `olderThanMs` and that nobody uses; returns how many. */
export async function dropLeftovers(url: string, olderThanMs: number): Promise<number> {
  return administer(url, async (db) => {
    const { rows } = await db.query<{ datname: string }>(LEFTOVERS, [olderThanMs / 1000])
    let dropped = 0
    for (const { datname } of rows) {
      const isDropped = await db.query(`drop database if exists ${datname}`).then(
        () => true,
        // Somebody connected or dropped it meanwhile, or it is another role's.
        () => false,
      )
      dropped += isDropped ? 1 : 0
    }
    return dropped
  })
}

const LEFTOVERS = `
select datname from pg_database d
where datname ~ '^${PREFIX}_[0-9]+_[0-9a-f]+$'
  and split_part(datname, '_', 3)::float8 < extract(epoch from now()) - $1
  and not exists (select from pg_stat_activity a where a.datname = d.datname)`

/** On a connection of its own: databases are made and dropped outside of transactions, and it may take its time. */
async function administer<T>(url: string, act: (db: Db) => Promise<T>): Promise<T> {
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
