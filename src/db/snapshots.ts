// Who holds the oldest snapshot: while it is held, no vacuum can take away what finished after it was taken, and every
// claim steps over those dead entries.
import type { Db } from './pool.ts'

export interface HeldSnapshot {
  /** null for a prepared transaction or a replication slot: nobody is connected. */
  pid: number | null
  /** What `pg_stat_activity` calls the application; the name of a prepared transaction or a slot. */
  application: string
  user: string | null
  state: string
  /** Since the transaction began; null where nobody knows (a slot). */
  age_seconds: number | null
  /** How many transactions have begun since. */
  transactions: number
  /** The last statement, cut to 200 characters; not shown where the role may not see it. */
  query: string | null
}

/** The oldest one that is held by anybody but us, or null. Other databases count for nothing here, slots do. */
export async function readOldestSnapshot(db: Db): Promise<HeldSnapshot | null> {
  const { rows } = await db.query<HeldSnapshot>(OLDEST)
  return rows[0] ?? null
}

const OLDEST = `
select pid, application, "user", state, age_seconds, transactions, query from (
  select pid, application_name as application, usename as "user", coalesce(state, backend_type) as state,
    extract(epoch from now() - xact_start)::float8 as age_seconds,
    greatest(age(backend_xmin), age(backend_xid))::float8 as transactions, left(query, 200) as query
  from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and coalesce(backend_xmin, backend_xid) is not null
    and backend_type = 'client backend'
  union all
  select null, gid, owner, 'prepared transaction', extract(epoch from now() - prepared)::float8,
    age(transaction)::float8, null
  from pg_prepared_xacts where database = current_database()
  union all
  select active_pid, slot_name, null, 'replication slot', null, greatest(age(xmin), age(catalog_xmin))::float8, null
  from pg_replication_slots where coalesce(xmin, catalog_xmin) is not null
) as held
order by transactions desc nulls last limit 1`
