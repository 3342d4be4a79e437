// What the row of a remote worker tells about its work: others settle for it, so it is read from its tasks at each beat.
import { bucketSql, type Histogram } from '../../task/histogram.ts'
import { STEP_SECONDS, STEPS, WINDOW_SECONDS } from '../../task/steps.ts'
import type { TaskId } from '../../task/task.ts'
import { noTotals } from '../../task/totals.ts'
import type { ProcessCounters } from '../beat.ts'
import type { Db } from '../db.ts'

/** More than this is not counted for the throughput. */
const COUNTED_AT_MOST = 10_000
/** The newest so many, for the percentiles: enough for the 99th. */
const TIMED_AT_MOST = 1_000

/** `atUs` is now by the clock of the database. What it finished is in `tallies` too: so there are no counts by kind. */
export async function readCounters(db: Db, me: TaskId, atUs: number): Promise<ProcessCounters> {
  const settled = await db.query<Settled>(SETTLED_LAST_MINUTE, [me, COUNTED_AT_MOST, STEP_SECONDS])
  const timed = await db.query<Timed>(TIMES, [me, TIMED_AT_MOST, STEPS * STEP_SECONDS])
  const steps = WINDOW_SECONDS / STEP_SECONDS
  return {
    totals: noTotals(),
    at_us: atUs,
    settled: Array.from(
      { length: steps },
      (_, index) => settled.rows.find(({ step }) => step === steps - 1 - index)?.n ?? 0,
    ),
    failed: [],
    wait_ms: histogram(timed.rows, 'waited'),
    run_ms: histogram(timed.rows, 'ran'),
  }
}

interface Settled {
  /** How many steps ago; 0 is the one that ends now. */
  step: number
  n: number
}

interface Timed {
  what: 'waited' | 'ran'
  bucket: number
  n: number
}

function histogram(timed: readonly Timed[], wanted: Timed['what']): Histogram {
  return Object.fromEntries(timed.filter(({ what }) => what === wanted).map(({ bucket, n }) => [bucket, n]))
}

// Claims of the last two minutes are looked at: a run that took longer is missing here, and in no other number.
const SETTLED_LAST_MINUTE = `
select step, count(*)::float8 as n from (
  select floor(extract(epoch from now() - finished_at) / $3)::float8 as step from taskproc.tasks
  where claimed_by = $1 and claimed_at > now() - interval '2 minutes' and finished_at > now() - interval '1 minute'
  limit $2) as settled
group by step`

// From the end of a range of the index tasks_owner. What went back to pending has lost its claim, and is missing.
const TIMES = `
with finished as materialized (
  select extract(epoch from claimed_at - run_at)::float8 * 1000 as waited_ms,
    extract(epoch from finished_at - claimed_at)::float8 * 1000 as ran_ms
  from taskproc.tasks
  where claimed_by = $1 and claimed_at > now() - $3 * interval '1 second' and finished_at is not null
  order by claimed_at desc limit $2
)
select 'waited' as what, ${bucketSql('waited_ms')} as bucket, count(*)::float8 as n from finished group by bucket
union all
select 'ran', ${bucketSql('ran_ms')} as bucket, count(*)::float8 from finished group by bucket`
