// Doctor: settings of the server and of our role that endanger tasks or make claims fail.
import { duration } from '../../task/words.ts'
import { type Check, type Finding, rowOf } from './finding.ts'

export interface ServerSettings {
  /** 150004 is 15.4. */
  version: number
  /** A standby, or one that is being restored. */
  is_in_recovery: boolean
  is_read_only: boolean
  fsync: string
  full_page_writes: string
  synchronous_commit: string
  isolation: string
  /** Of a new session of ours; 0: none. */
  statement_timeout_ms: number
  /** Quoted as in SQL. */
  database: string
}

export const SERVER: Check = {
  name: 'server',
  needsSchema: false,
  examine: async (db) => {
    const settings = await rowOf<ServerSettings>(db, SETTINGS)
    return { findings: judgeServer(settings), note: `PostgreSQL ${versionText(settings.version)}` }
  },
}

/** The oldest that taskproc is tested with. */
const OLDEST_VERSION = 15
/** migrate, stats and prune look at whole tables. */
const SHORT_TIMEOUT_MS = 30_000
/** A claim that waits for the disk may take as long. */
const TINY_TIMEOUT_MS = 2_000

export function judgeServer(settings: ServerSettings): Finding[] {
  return [
    ...judgeDurability(settings),
    ...judgeTransactions(settings),
    ...judgeTimeout(settings),
    ...judgeVersion(settings),
  ]
}

function judgeDurability({
  fsync,
  full_page_writes,
  synchronous_commit,
  database,
}: ServerSettings): Finding[] {
  const findings: Finding[] = []
  for (const [setting, value] of Object.entries({ fsync, full_page_writes })) {
    if (value !== 'off') continue
    const evidence = `${setting} is off: a crash of the machine can damage the whole database beyond repair`
    const fix = `alter system set ${setting} = on;\nselect pg_reload_conf();`
    findings.push({ name: `${setting} is off`, severity: 'error', evidence, fix })
  }
  if (synchronous_commit === 'off') {
    const evidence =
      'synchronous_commit is off: a crash of the server loses tasks that were enqueued in its last moments, and outcomes, whose tasks run again'
    const fix = setting(database, 'synchronous_commit', 'on')
    findings.push({ name: 'synchronous_commit is off', severity: 'warning', evidence, fix })
  }
  return findings
}

function judgeTransactions({ is_in_recovery, is_read_only, isolation, database }: ServerSettings): Finding[] {
  const findings: Finding[] = []
  if (is_in_recovery) {
    const evidence = 'this server is a standby: nothing can be enqueued or claimed'
    findings.push({
      name: 'standby',
      severity: 'error',
      evidence,
      fix: 'DATABASE_URL=postgres://user@primary:5432/database',
    })
  } else if (is_read_only) {
    const evidence = 'default_transaction_read_only is on: nothing can be enqueued or claimed'
    const fix = `set default_transaction_read_only = off;\n${setting(database, 'default_transaction_read_only', 'off')}`
    findings.push({ name: 'read only', severity: 'error', evidence, fix })
  }
  if (isolation !== 'read committed' && isolation !== 'read uncommitted') {
    const evidence = `default_transaction_isolation is ${isolation}: claims and settlements fail with serialization errors (40001) wherever two processes meet`
    const fix = setting(database, 'default_transaction_isolation', "'read committed'")
    findings.push({ name: 'isolation level', severity: 'error', evidence, fix })
  }
  return findings
}

function judgeTimeout({ statement_timeout_ms, database }: ServerSettings): Finding[] {
  if (statement_timeout_ms === 0 || statement_timeout_ms >= SHORT_TIMEOUT_MS) return []
  const isTiny = statement_timeout_ms < TINY_TIMEOUT_MS
  const meaning = isTiny
    ? 'claims and settlements fail whenever the server is slow for a moment'
    : 'statements about many tasks (migrate, stats, prune, verify) may be cut off'
  return [
    {
      name: 'statement_timeout',
      severity: isTiny ? 'warning' : 'info',
      evidence: `statement_timeout is ${duration(statement_timeout_ms)}: ${meaning}`,
      fix: setting(database, 'statement_timeout', "'30s'"),
    },
  ]
}

/** This wins over what was set for the database, for the role or for the server, and needs no superuser. */
function setting(database: string, name: string, value: string): string {
  return `alter role current_user in database ${database} set ${name} = ${value};`
}

function judgeVersion({ version }: ServerSettings): Finding[] {
  if (version >= OLDEST_VERSION * 10_000) return []
  const evidence = `PostgreSQL ${versionText(version)}; taskproc is tested with ${OLDEST_VERSION} and later`
  return [
    { name: 'old PostgreSQL', severity: 'warning', evidence, fix: 'pg_upgrade # to a supported version' },
  ]
}

function versionText(version: number): string {
  return `${Math.floor(version / 10_000)}.${version % 10_000}`
}

// reset_val: what a new session has. The setting itself is that of our own short transaction.
const SETTINGS = `
select current_setting('server_version_num')::int as version, pg_is_in_recovery() as is_in_recovery,
  current_setting('default_transaction_read_only')::boolean as is_read_only,
  current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
  current_setting('synchronous_commit') as synchronous_commit,
  current_setting('default_transaction_isolation') as isolation,
  (select reset_val::float8 from pg_settings where name = 'statement_timeout') as statement_timeout_ms,
  quote_ident(current_database()) as database`
