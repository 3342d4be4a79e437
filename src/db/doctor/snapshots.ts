// Doctor: the session, prepared transaction, slot or standby that holds the oldest snapshot, and so keeps dead rows in
// front of every claim: 400,000 tasks under one held snapshot took a fleet from 58,000 claims a second to 16,000.

import { literal } from '../../task/typed.ts'
import { count, duration } from '../../task/words.ts'
import { countHiddenSessions, type HeldSnapshot, readOldestSnapshot } from '../snapshots.ts'
import { type Check, type Finding, rowOf } from './finding.ts'

export const SNAPSHOTS: Check = {
  name: 'snapshots',
  needsSchema: false,
  examine: async (db) => {
    const held = await readOldestSnapshot(db)
    const hidden = await countHiddenSessions(db)
    const { name, role } = await rowOf<{ name: string; role: string }>(
      db,
      'select quote_ident(current_database()) as name, quote_ident(current_user) as role',
    )
    return {
      findings: [...judgeSnapshot(held, name), ...judgeHidden(hidden, role)],
      note: held === null ? 'nobody holds one' : `the oldest: ${howOld(held)}`,
    }
  },
}

/** What lasts a minute is no claim and no page of a website. */
const OLD_SECONDS = 60
/** As many tasks may have left dead entries since: more than a claim should step over. */
const OLD_TRANSACTIONS = 10_000
const HARMFUL_TRANSACTIONS = 1_000_000

/** `database` quoted as it stands in SQL. */
export function judgeSnapshot(held: HeldSnapshot | null, database: string): Finding[] {
  if (held === null) return []
  const { age_seconds, transactions } = held
  if ((age_seconds ?? 0) < OLD_SECONDS && transactions < OLD_TRANSACTIONS) return []
  const severity = transactions >= HARMFUL_TRANSACTIONS ? 'error' : 'warning'
  const evidence = `${whoHolds(held)} holds a snapshot: ${howOld(held)}. Until it ends, no vacuum can take away a row that was claimed or finished since`
  return [{ name: 'old snapshot', severity, evidence, fix: fixOf(held, database) }]
}

function judgeHidden(sessions: number, role: string): Finding[] {
  if (sessions === 0) return []
  const evidence = `${count(sessions, 'session')} of other roles cannot be looked into: an old snapshot there is not seen`
  return [{ name: 'hidden sessions', severity: 'info', evidence, fix: `grant pg_monitor to ${role};` }]
}

function howOld({ age_seconds, transactions }: HeldSnapshot): string {
  const age = age_seconds === null ? '' : `${duration(Math.max(0, age_seconds) * 1000)} and `
  return `${age}${count(transactions, 'transaction')} old`
}

function whoHolds({ holder, pid, application, user, state, state_seconds, query }: HeldSnapshot): string {
  if (holder !== 'session') return `the ${holder} ${application}`
  const who = `session ${pid} (${application || 'no application name'}, user ${user})`
  const since = state_seconds === null ? '' : ` for ${duration(state_seconds * 1000)}`
  return `${who}, ${state}${since}, ${state === 'active' ? 'with' : 'last'} statement "${query}",`
}

function fixOf({ holder, pid, application, state }: HeldSnapshot, database: string): string {
  if (holder === 'prepared transaction') return `rollback prepared ${literal(application)};`
  if (holder === 'replication slot')
    return `select pg_drop_replication_slot(${literal(application)}); -- or connect its consumer again`
  if (holder === 'standby')
    return `select pg_cancel_backend(pid) from pg_stat_activity where now() - xact_start > interval '1 minute'; -- on that standby`
  const end = `select pg_terminate_backend(${pid});`
  if (!state.startsWith('idle')) return `${end} -- or let it come to its end`
  return `${end}\nalter database ${database} set idle_in_transaction_session_timeout = '5min';`
}
