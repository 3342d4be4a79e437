// Who holds the oldest snapshot: while it is held, no vacuum can take away what finished after it was taken, and every
// claim steps over those dead entries.
import type { Db } from './db.ts'

export interface HeldSnapshot {
  /** null for a prepared transaction or a replication slot that nobody is connected to. */
  pid: number | null
  holder: 'session' | 'prepared transaction' | 'replication slot' | 'standby'
  /** What `pg_stat_activity` calls the application; the name of a prepared transaction, a slot or a standby. */
  application: string
  user: string | null
  /** Of a session: `active`, `idle in transaction`; of the others the holder again. */
  state: string
  /** Since the transaction began; null where nobody knows (a slot). */
  age_seconds: number | null
  /** Since the session is in its state: for how long it is idle, or its statement runs. */
  state_seconds: number | null
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
select * from (
  select pid, 'session' as holder, application_name as application, usename as "user",
    coalesce(state, backend_type) as state, extract(epoch from now() - xact_start)::float8 as age_seconds,
    extract(epoch from now() - state_change)::float8 as state_seconds,
    greatest(age(backend_xmin), age(backend_xid))::float8 as transactions, left(query, 200) as query
  from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and coalesce(backend_xmin, backend_xid) is not null
    and backend_type = 'client backend'
  union all
  select null, 'prepared transaction', gid, owner, 'prepared transaction', extract(epoch from now() - prepared)::float8,
    null, age(transaction)::float8, null
  from pg_prepared_xacts where database = current_database()
  union all
  select active_pid, 'replication slot', slot_name, null, 'replication slot', null, null,
    greatest(age(xmin), age(catalog_xmin))::float8, null
  from pg_replication_slots where coalesce(xmin, catalog_xmin) is not null
  union all
  select pid, 'standby', application_name, usename, 'standby', null, null, age(backend_xmin)::float8, null
  from pg_stat_replication where backend_xmin is not null
) as held
order by transactions desc nulls last, age_seconds desc nulls last limit 1`

/** How many sessions of this database our role may not look into: what they hold is not known. */
export async function countHiddenSessions(db: Db): Promise<number> {
  const { rows } = await db.query<{ n: number }>(HIDDEN)
  return rows[0]?.n ?? 0
}

const HIDDEN = `
select count(*)::float8 as n from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and query = '<insufficient privilege>'`
