// The ways through the table of tasks that a walk may take: each is a range of one index, in its order.
import type { TaskFilter } from '../../task/filter.ts'
import type { Status } from '../../task/status.ts'
import { CLOCK_SLACK, MAY_HOLD } from '../owner.ts'

/** The ways through the table; all but `ids` pass by what is not meant anyway. */
export type Way = 'ids' | 'failed' | 'pending' | 'running'

/** The ways on which all that the filter may mean is met, in the order in which they are walked. */
export function waysOf({ status = [] }: TaskFilter): readonly Way[] {
  const among = (...some: Status[]) => status.length > 0 && status.every((one) => some.includes(one))
  if (among('error')) return ['failed']
  if (!among('pending', 'in_progress')) return ['ids']
  // In this order: a task that is claimed on the way is met again.
  return [
    ...(status.includes('pending') ? ['pending' as const] : []),
    ...(status.includes('in_progress') ? ['running' as const] : []),
  ]
}

/**
 * `from` and `order` are a range of one index, and `position` is where its last row stands. `$1` is the position before.
 *
 * What runs is looked for process by process, where it can be: in the range of tasks_owner that begins with the oldest
 * claim of the process. Claims of one instant have the same place there, so those are looked at again: a claim takes
 * fewer than a stretch.
 */
export const WAYS: Record<
  Way,
  { start: readonly string[]; whose: string; from: string; order: string; position: string }
> = {
  ids: {
    start: ['0'],
    whose: 'select null::bigint as id',
    from: `taskproc.tasks t where t.id > ($1::text[])[1]::bigint`,
    order: 't.id',
    position: 'id::text',
  },
  failed: {
    start: ['0'],
    whose: 'select null::bigint as id',
    from: `taskproc.tasks t where t.failed and t.id > ($1::text[])[1]::bigint`,
    order: 't.id',
    position: 'id::text',
  },
  pending: {
    start: ['', '', '-32768', '-infinity', '0'],
    whose: 'select null::bigint as id',
    from: `taskproc.tasks t where t.claimable and (t.queue, t.kind, t.priority, t.run_at, t.id) > (
      ($1::text[])[1], ($1::text[])[2], ($1::text[])[3]::smallint, ($1::text[])[4]::timestamptz, ($1::text[])[5]::bigint)`,
    order: 't.queue, t.kind, t.priority, t.run_at, t.id',
    position: `queue, kind, priority::text, to_json(run_at) #>> '{}', id::text`,
  },
  running: {
    start: ['0', '-infinity', '0'],
    whose: `select p.id, p.claims_since from taskproc.processes p
      where p.id >= ($1::text[])[1]::bigint and ${MAY_HOLD}
      order by p.id limit 1`,
    from: `whose p cross join lateral (
      select t.* from taskproc.tasks t where t.claimed_by = p.id and t.claimed_at >= greatest(
          p.claims_since - ${CLOCK_SLACK},
          case when p.id = ($1::text[])[1]::bigint then ($1::text[])[2]::timestamptz else '-infinity' end)
      order by t.claimed_at) as t
      where (t.claimed_at, t.id) > (($1::text[])[2]::timestamptz, ($1::text[])[3]::bigint) or p.id > ($1::text[])[1]::bigint`,
    order: 't.claimed_at, t.id',
    position: `claimed_by::text, to_json(claimed_at) #>> '{}', id::text`,
  },
}
