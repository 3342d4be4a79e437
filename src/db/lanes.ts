// The lanes that hold pending tasks, as a table for statements.

// A loose index scan: the recursion jumps from one key of tasks_claim to the next larger one.
// https://wiki.postgresql.org/wiki/Loose_indexscan
/**
 * The table `lane (queue, kind, priority, run_at, id)` of a statement that begins `with recursive`: each that holds a
 * pending task, with the time and the id of its first.
 */
export const LANE = `lane as (
  (select queue, kind, priority, run_at, id from taskproc.tasks
   where claimable order by queue, kind, priority, run_at, id limit 1)
  union all
  (select next.queue, next.kind, next.priority, next.run_at, next.id
   from lane cross join lateral (
     select t.queue, t.kind, t.priority, t.run_at, t.id from taskproc.tasks t
     where t.claimable and (t.queue, t.kind, t.priority) > (lane.queue, lane.kind, lane.priority)
     order by t.queue, t.kind, t.priority, t.run_at, t.id limit 1) as next)
)`
