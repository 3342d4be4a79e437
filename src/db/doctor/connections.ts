// Doctor: the connection budget. A process holds a small fixed number, whatever its workers; how many more fit?
import { POOL_CONNECTIONS } from '../pool.ts'
import { type Check, type Finding, rowOf } from './finding.ts'

/** Beside its pool a process has one connection that beats and one that listens. */
export const CONNECTIONS_PER_PROCESS = POOL_CONNECTIONS + 2

export interface ConnectionUse {
  max_connections: number
  /** Kept back for superusers and for the roles of pg_use_reserved_connections. */
  reserved: number
  /** Of all clients, doctor's own left out. */
  used: number
  /** Of those, by the name that they give, programs of taskproc. */
  ours: number
  /** Limits of this database and of our role, and what they have in use; null: no limit. */
  database_limit: number | null
  database_used: number
  role_limit: number | null
  role_used: number
}

export const CONNECTIONS: Check = {
  name: 'connections',
  needsSchema: false,
  examine: async (db) => {
    const use = await rowOf<ConnectionUse>(db, USE)
    return { findings: judgeConnections(use), note: `${budget(use)}; ${roomText(use)}` }
  },
}

/** A deployment starts the new process before it stops the old one; and one to spare. */
const FEWEST_FITTING = 2

export function judgeConnections(use: ConnectionUse): Finding[] {
  if (processesThatFit(use) >= FEWEST_FITTING) return []
  const evidence = `${budget(use)}. A process holds ${CONNECTIONS_PER_PROCESS} (${POOL_CONNECTIONS} in its pool, 1 beats, 1 listens), whatever its --workers: ${roomText(use)}`
  return [{ name: 'connection budget', severity: 'warning', evidence, fix: fixOf(use) }]
}

/** How many more processes the tightest of the three budgets has connections for. */
export function processesThatFit(use: ConnectionUse): number {
  return Math.max(0, Math.floor(Math.min(...Object.values(free(use))) / CONNECTIONS_PER_PROCESS))
}

function free(use: ConnectionUse): Record<'server' | 'database' | 'role', number> {
  const { database_limit, database_used, role_limit, role_used } = use
  return {
    server: use.max_connections - use.reserved - use.used,
    database: (database_limit ?? Number.POSITIVE_INFINITY) - database_used,
    role: (role_limit ?? Number.POSITIVE_INFINITY) - role_used,
  }
}

function budget(use: ConnectionUse): string {
  const usable = use.max_connections - use.reserved
  return `${use.used} of ${usable} connections are used, ${use.ours} by taskproc`
}

function roomText(use: ConnectionUse): string {
  const fits = processesThatFit(use)
  return fits === 1 ? '1 more process fits' : `${fits} more processes fit`
}

function fixOf(use: ConnectionUse): string {
  const { server, database, role } = free(use)
  if (role < server && role <= database) return 'alter role current_user connection limit -1;'
  if (database < server) return 'alter database NAME connection limit -1;'
  const more = use.max_connections + 10 * CONNECTIONS_PER_PROCESS
  return `alter system set max_connections = ${more}; -- needs a restart of the server\ntaskproc serve --workers 50 # fewer processes with more workers each`
}

// Who may not see a session in full sees no backend_type; then it counts if it is in a database.
const USE = `
with client as (
  select a.* from pg_stat_activity a
  where coalesce(a.backend_type = 'client backend', a.datid is not null)
    and a.application_name is distinct from current_setting('application_name')
)
select current_setting('max_connections')::int as max_connections,
  current_setting('superuser_reserved_connections')::int
    + coalesce(current_setting('reserved_connections', true)::int, 0) as reserved,
  (select count(*)::int from client) as used,
  (select count(*)::int from client where application_name like 'taskproc %') as ours,
  (select nullif(datconnlimit, -1) from pg_database where datname = current_database()) as database_limit,
  (select count(*)::int from client where datname = current_database()) as database_used,
  (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user) as role_limit,
  (select count(*)::int from client where usename = current_user) as role_used`
