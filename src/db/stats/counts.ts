// The two ways to count tasks by queue, kind and status: row by row, or from what those counted who finished them.
import { IS_CLAIMED } from '../owner.ts'

// A process that ended may hold something until it was searched for that.
const IS_HOLDING = `(p.state in ('running', 'draining') or p.swept_at is null)`

export const FROM_ROWS = `
select queue, kind, status, count(*) as n from taskproc.tasks group by queue, kind, status`

// For a statement that has `waiting` (pending.ts). A process that does not tell its kinds (a remote worker) is asked by
// the index of owners; `claims_since` bounds it.
export const FROM_COUNTERS = `
select queue, kind, 'pending', sum(n) from waiting group by queue, kind
union all
select queue, kind, status, n from (
  select q.key as queue, k.key as kind, sum(c.in_progress) filter (where ${IS_HOLDING}) as in_progress,
    sum(c.done) as done, sum(c.error) as error, sum(c.cancelled) as cancelled
  from taskproc.processes p
    cross join lateral jsonb_each(p.counters -> 'kinds') as q
    cross join lateral jsonb_each(q.value) as k
    cross join lateral jsonb_to_record(k.value) as c (in_progress bigint, done bigint, error bigint, cancelled bigint)
  group by q.key, k.key) as told
  cross join lateral (values ('in_progress', in_progress), ('done', done), ('error', error), ('cancelled', cancelled))
    as one (status, n)
union all
select held.queue, held.kind, 'in_progress', count(*)
from taskproc.processes p cross join lateral (
  select t.queue, t.kind from taskproc.tasks t
  where ${IS_CLAIMED} and t.status = 'in_progress') as held
where ${IS_HOLDING} and not p.counters ? 'kinds'
group by held.queue, held.kind
union all
select queue, kind, status, n from taskproc.tallies
  cross join lateral (values ('done', done), ('error', error), ('cancelled', cancelled)) as one (status, n)`
