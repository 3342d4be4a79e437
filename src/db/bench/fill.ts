// Tasks by the hundred thousand that nobody runs: what a table holds beside the work, for measurements.
import type { Db } from '../db.ts'

export type FillShape = 'finished' | 'future' | 'pending'

/** Inserts `count` tasks of this queue and kind: finished an hour ago, due in a year, or due now. In one statement. */
export async function fill(
  db: Db,
  shape: FillShape,
  { queue, kind, count }: { queue: string; kind: string; count: number },
): Promise<void> {
  await db.query(shape === 'finished' ? FINISHED : shape === 'future' ? FUTURE : PENDING, [
    queue,
    kind,
    count,
  ])
}

const FINISHED = `
insert into taskproc.tasks (queue, kind, payload, status, attempts, claim_number, run_at, claimed_by, claimed_at, finished_at)
select $1, $2, '"of the past"', 'done', 1, 1, at, 0, at, at
from generate_series(1, $3::bigint), (select now() - interval '1 hour' as at) as past`

const FUTURE = `
insert into taskproc.tasks (queue, kind, payload, run_at)
select $1, $2, '"of the future"', now() + interval '1 year' from generate_series(1, $3::bigint)`

const PENDING = `
insert into taskproc.tasks (queue, kind, payload) select $1, $2, '"waiting"' from generate_series(1, $3::bigint)`

/** Takes every task away, at once. For scratch databases alone. */
export async function empty(db: Db): Promise<void> {
  await db.query('truncate taskproc.tasks, taskproc.task_logs')
}
