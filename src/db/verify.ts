// Verify: queries that look for what must not be. Every count is 0 in a sound installation, whatever died on the way.
import type { Db } from './db.ts'
import { CLOCK_SLACK, LEASE_END } from './owner.ts'

export interface Check {
  name: string
  count: number
  query: string
}

/** Runs all checks; each reads the whole table. */
export async function verify(db: Db): Promise<{ checks: Check[]; violations: number }> {
  const checks: Check[] = []
  for (const [name, condition] of Object.entries(CHECKS)) {
    const query = condition.trim().replace(/\s+/g, ' ')
    const { rows } = await db.query<{ count: number }>(
      `select count(*)::float8 as count from (${query}) as wrong`,
    )
    checks.push({ name, count: rows[0]?.count ?? 0, query })
  }
  return { checks, violations: checks.reduce((sum, { count }) => sum + count, 0) }
}

// Who is silent for longer than this after its lease has no living process beside it: those rescue within 5 s.
const CHECKS = {
  'pending with an owner': `
    select id from taskproc.tasks where status = 'pending' and (claimed_by is not null or claimed_at is not null)`,
  'in progress without an owner': `
    select id from taskproc.tasks where status = 'in_progress' and (claimed_by is null or claimed_at is null)`,
  'in progress and owned by nobody alive': `
    select t.id from taskproc.tasks t left join taskproc.processes p on p.id = t.claimed_by
    where t.status = 'in_progress' and (
      p.id is null or p.state = 'stopped'
      or ${LEASE_END} + interval '5 seconds' < now())`,
  'in progress and out of reach of a rescue': `
    select t.id from taskproc.tasks t join taskproc.processes p on p.id = t.claimed_by
    where t.status = 'in_progress' and t.claimed_at < p.claims_since - ${CLOCK_SLACK}`,
  'attempts out of bounds': `
    select id from taskproc.tasks where attempts < 0 or attempts > max_attempts or (status = 'in_progress' and attempts < 1)`,
  'finished without a time': `
    select id from taskproc.tasks where status in ('done', 'error', 'cancelled') and finished_at is null`,
  'not finished, with a time': `
    select id from taskproc.tasks where status in ('pending', 'in_progress') and finished_at is not null`,
  'done by nobody': `
    select id from taskproc.tasks where status = 'done' and (claimed_by is null or claim_number = 0)`,
  'error without a text': `
    select id from taskproc.tasks where status = 'error' and error is null`,
  'unknown status': `
    select id from taskproc.tasks where status not in ('pending', 'in_progress', 'done', 'error', 'cancelled')`,
  'two live tasks with one unique_key': `
    select unique_key from taskproc.tasks where status in ('pending', 'in_progress') and unique_key is not null
    group by unique_key having count(*) > 1`,
  'two live processes with one name': `
    select name from taskproc.processes where state in ('running', 'draining') group by name having count(*) > 1`,
}
