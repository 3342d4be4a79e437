// Tallies: what others than a process that counts for itself change in the number of finished tasks, kept as differences.
// The counters of the processes and these say together how many there are, without a look at the tasks.
import type { Db } from './db.ts'

/**
 * The clause `tallied as (...)` of a statement: adds up `changes`, a query that gives `queue, kind, done, error,
 * cancelled` (how many more of each, or fewer) and comes after everything that locks tasks. Whoever changes tallies does
 * it so, tasks in the order of their ids first and then these rows in their own order, and no two wait for each other.
 */
export function tallied(changes: string): string {
  return `tallied as (${adding(changes)})`
}

/** Adds one finished task. Call it last in a transaction: everybody who finishes a task of this kind waits for this row. */
export async function tally(
  db: Db,
  { queue, kind }: { queue: string; kind: string },
  status: 'done' | 'error' | 'cancelled',
): Promise<void> {
  await db.query(TALLY, [queue, kind, status])
}

const adding = (changes: string): string => `
  insert into taskproc.tallies as so_far (queue, kind, done, error, cancelled)
  select queue, kind, sum(done), sum(error), sum(cancelled) from (${changes}) as change
  group by queue, kind order by queue, kind
  on conflict (queue, kind) do update set
    done = so_far.done + excluded.done, error = so_far.error + excluded.error,
    cancelled = so_far.cancelled + excluded.cancelled`

const TALLY = adding(`
  select $1::text as queue, $2::text as kind, ($3 = 'done')::int as done, ($3 = 'error')::int as error,
    ($3 = 'cancelled')::int as cancelled`)
