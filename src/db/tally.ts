// The tally of what was finished by other hands than those of a process that counts for itself.
import type { Db } from './pool.ts'

/** Adds one finished task. Call it last in a transaction: everybody who finishes a task of this kind waits for this row. */
export async function tally(
  db: Db,
  { queue, kind }: { queue: string; kind: string },
  status: 'done' | 'error' | 'cancelled',
): Promise<void> {
  await db.query(TALLY, [queue, kind, status])
}

const TALLY = `
insert into taskproc.tallies as t (queue, kind, done, error, cancelled)
values ($1, $2, ($3 = 'done')::int, ($3 = 'error')::int, ($3 = 'cancelled')::int)
on conflict (queue, kind) do update set
  done = t.done + excluded.done, error = t.error + excluded.error, cancelled = t.cancelled + excluded.cancelled`
