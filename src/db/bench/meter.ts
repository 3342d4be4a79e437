// What a server has done so far, by its own counters: the difference of two looks is what happened between them.
import type { Db } from '../db.ts'

/** Of the database, and of the whole server for the WAL. They only grow, but for `deadRows`. */
export interface ServerCounters {
  walBytes: number
  /** Transactions that committed. */
  commits: number
  /** Pages of 8 kB that were looked at, in memory or on disk. */
  buffers: number
  /** Of `taskproc.tasks`, as vacuum would find them now. */
  deadRows: number
}

/** The counters now. What a backend did in the last second may be missing, until it has ended (see `awaitEnded`). */
export async function readCounters(db: Db): Promise<ServerCounters> {
  await db.query('select pg_stat_force_next_flush()')
  const { rows } = await db.query<ServerCounters>(COUNTERS)
  const [counters] = rows
  if (counters === undefined) throw new Error('the server has no counters')
  return counters
}

const COUNTERS = `
select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as "walBytes",
  d.xact_commit::float8 as commits,
  (d.blks_hit + d.blks_read)::float8 as buffers,
  coalesce(pg_stat_get_dead_tuples('taskproc.tasks'::regclass), 0)::float8 as "deadRows"
from pg_stat_database d where d.datname = current_database()`

/** Whether no connection of that application is left in this database: then all that it did has been counted. */
export async function hasEnded(db: Db, applicationName: string): Promise<boolean> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::float8 as n from pg_stat_activity
     where datname = current_database() and starts_with(application_name, $1)`,
    [applicationName],
  )
  return rows[0]?.n === 0
}

export interface ServerFacts {
  version: string
  /** What decides how fast a commit is, and how much fits in memory. */
  settings: Record<string, string>
  /** Of the backend that answers. */
  pid: number
  /** null: through a unix socket. */
  address: string | null
}

/** What a reader of a measurement has to know of the server. */
export async function readServerFacts(db: Db): Promise<ServerFacts> {
  const { rows } = await db.query<ServerFacts>(FACTS)
  const [facts] = rows
  if (facts === undefined) throw new Error('the server says nothing of itself')
  return facts
}

const FACTS = `
select current_setting('server_version') as version, pg_backend_pid() as pid, host(inet_server_addr()) as address,
  (select jsonb_object_agg(name, current_setting(name)) from pg_settings where name in (
    'fsync', 'synchronous_commit', 'shared_buffers', 'wal_level', 'full_page_writes', 'max_wal_size', 'autovacuum'
  )) as settings`
