// Reset: an empty store, as after the first migration, while processes go on running.
import type { Pool } from './pool.ts'
import { tallied } from './tallies.ts'
import { transaction } from './transaction.ts'

/** Counting ten million tasks takes seconds, on a slow disk minutes. */
export const RESET_TIMEOUT_MS = 600_000

/**
 * Deletes every task and its history, and returns how many there were. Whoever runs one is told to stop, and the fence
 * refuses what comes of it. Ids go on where they were: a late outcome must not meet a new task with an old number.
 *
 * Waits for nobody for longer than the lock timeout of a transaction; then nothing has happened.
 */
export async function reset(pool: Pool): Promise<number> {
  return transaction(pool, async (client) => {
    await client.query('lock table taskproc.tasks, taskproc.task_logs in access exclusive mode')
    // The driver knows the limit for one statement, its types do not.
    const patient = { text: COUNT, query_timeout: RESET_TIMEOUT_MS }
    const { rows } = await client.query<{ tasks: number }>(patient)
    await client.query('truncate taskproc.tasks, taskproc.task_logs continue identity')
    return { commit: true, value: rows[0]?.tasks ?? 0 }
  })
}

// What is gone is taken off the tallies, since the counters of the processes that finished it stay.
const COUNT = `
with told as materialized (
  select pg_notify('taskproc_cancel', id::text) from taskproc.tasks where status = 'in_progress'
), counted as materialized (
  select queue, kind, count(*) as tasks, count(*) filter (where status = 'done') as done,
    count(*) filter (where status = 'error') as error, count(*) filter (where status = 'cancelled') as cancelled
  from taskproc.tasks group by queue, kind
), ${tallied(`
  select queue, kind, -done as done, -error as error, -cancelled as cancelled
  from counted where done + error + cancelled > 0`)}
select coalesce(sum(tasks), 0)::float8 as tasks, (select count(*) from told) as told from counted`
