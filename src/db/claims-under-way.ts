// Claims that the server has begun and not ended. One whose backend stands still (a frozen machine, a slow disk) may be
// committed long after everybody has given it up.
import { CLAIM_SET } from './claim.ts'
import type { Db } from './db.ts'

/**
 * Whether a claim, of whatever process, is under way that began more than `olderThanMs` ago. False says for good that none
 * of those will still be committed. The claims of another role, which need not be shown to us, are not seen.
 */
export async function isClaimUnderWay(db: Db, olderThanMs: number): Promise<boolean> {
  const { rows } = await db.query(UNDER_WAY, [olderThanMs, CLAIM_SET])
  return rows.length > 0
}

// Shown until its rows can be seen, and not a moment less: who finds none here looks at the rows afterwards.
const UNDER_WAY = `
select from pg_stat_activity
where datname = current_database() and state = 'active' and strpos(query, $2) > 0
  and xact_start < clock_timestamp() - $1::float8 * interval '1 millisecond'
limit 1`
