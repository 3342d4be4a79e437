// Tallies: what operators, rescues and prunes change in the number of finished tasks, kept as differences. The counters of the
// processes and these say together how many there are, without a look at the tasks.

/**
 * The clause `tallied as (...)` of a statement: adds up `changes`, a query that gives `queue, kind, done, error,
 * cancelled` (of a task each, 1, 0 or -1) and comes after everything that locks tasks. Whoever changes tallies does it
 * so, tasks in the order of their ids first and then these rows in their own order, and no two wait for each other.
 */
export function tallied(changes: string): string {
  return `tallied as (
  insert into taskproc.tallies as so_far (queue, kind, done, error, cancelled)
  select queue, kind, sum(done), sum(error), sum(cancelled) from (${changes}) as change
  group by queue, kind order by queue, kind
  on conflict (queue, kind) do update set
    done = so_far.done + excluded.done, error = so_far.error + excluded.error,
    cancelled = so_far.cancelled + excluded.cancelled
)`
}
