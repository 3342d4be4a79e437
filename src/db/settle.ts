// Settle: write the outcomes of a batch to their rows, fenced by their claims.
import type { Settling } from '../task/settlement.ts'
import type { Status } from '../task/status.ts'
import type { TaskId } from '../task/task.ts'
import { TOLD_BACK } from './back.ts'
import { NOT_BEGUN } from './begun.ts'
import type { Db } from './db.ts'
import { queryTasks } from './planned.ts'
import { alreadyValues, completeValues, settleValues } from './settle-values.ts'

/**
 * Writes a batch (at most LIMITS.settleRows, each task once) and returns those that were written or had been written
 * by an earlier try whose answer was lost, with the status in which that left them: a retry may have ended as
 * cancelled or error. What is not in the answer was lost: the claim is no longer ours.
 * `processName` is what history shows.
 * `resent` says that an earlier try may have been committed; only then is it worth a look at what was not written.
 */
export async function settle(
  db: Db,
  processName: string,
  batch: readonly Settling[],
  resent = false,
): Promise<Map<TaskId, Status>> {
  const completions = batch.filter((one) => one.settlement.verb === 'complete')
  const others = batch.filter((one) => one.settlement.verb !== 'complete')
  const written = new Map<TaskId, Status>()
  if (completions.length > 0) await run(db, COMPLETE, completeValues(completions), written)
  if (others.length > 0) await run(db, SETTLE, settleValues(processName, others), written)
  if (resent && written.size < batch.length) {
    const missing = batch.filter((one) => !written.has(one.claim.id))
    await run(db, ALREADY, alreadyValues(missing), written)
  }
  return written
}

async function run(
  db: Db,
  statement: string,
  values: unknown[],
  written: Map<TaskId, Status>,
): Promise<void> {
  const { rows } = await queryTasks<{ id: TaskId; status?: Status }>(db, statement, values)
  // A completion has one end only, and leaves it out.
  for (const { id, status = 'done' } of rows) written.set(id, status)
}

/**
 * Computed once, before any row is locked: who waits for a row that somebody else has locked gives up on the server too,
 * and does not leave a connection behind with each try.
 */
const IMPATIENT = `(select set_config('lock_timeout', '10s', true)) is not null`

// The fence of both statements: id, claim_number, owner and status. The owner matters because a claim is committed
// without waiting for the disk: after a crash of the server the same number may have been given to another process.
//
// The rows are found by their ids, whatever the statistics say. What they know of `status` and of the owner is of a
// time when nothing, or everything, was claimed: with it the planner would look at every row in progress for each outcome.
// So the fence is compared with what was sent, not with constants; `offset 0` keeps the planner from seeing through
// that, the selects around the parameters from counting them, and coalesce hides the owner from the index on it.
// No indexed column changes: a heap-only update.
const FENCED = `t.id = s.id and t.claim_number = s.claim_number and coalesce(t.claimed_by, 0) = s.owner and t.status = s.status_before
  and ${IMPATIENT}`

const COMPLETE = `
update taskproc.tasks t set
  status = 'done', result = s.result, error = null, finished_at = now(), updated_at = now()
from (
  select *, 'in_progress' as status_before
  from unnest((select $1::bigint[]), (select $2::bigint[]), (select $3::bigint[]), (select $4::jsonb[])) as sent(id, claim_number, owner, result)
  offset 0) as s
where ${FENCED}
returning t.id`

// History tells when a run ended, not when that was written: in an outage it is long before. It has the times that the
// run had in its process, from the moment of its claim, like the lines of its log; only what an operator has asked for is
// as late as now, so that it does not seem to be before the asking. least() leaves out what is not known.
//
// A release and a snooze give the attempt back; what goes back to pending keeps its last error.
// A task that somebody wants cancelled does not go back to pending, nor one whose max_attempts was lowered meanwhile.
const SETTLE = `
with sent as (
  select *, 'in_progress' as status_before,
    case verb when 'fail' then 'error' when 'cancel' then 'cancelled' else 'pending' end as status_after,
    (verb in ('release', 'snooze'))::int as given_back
  from unnest((select $1::bigint[]), (select $2::bigint[]), (select $3::bigint[]), (select $4::text[]),
    (select $5::float8[]), (select $6::text[]), (select $7::float8[]), (select $9::float8[]), (select $10::float8[]))
    as sent(id, claim_number, owner, verb, delay_ms, message, took_ms, claimed_at_s, ended_at_s)
  offset 0
), settled as (
  update taskproc.tasks t set
    status = case when s.status_after = 'pending' and t.cancel_requested then 'cancelled'
      when s.verb = 'retry' and t.attempts >= t.max_attempts then 'error' else s.status_after end,
    run_at = case when s.delay_ms is null then t.run_at else now() + s.delay_ms * interval '1 millisecond' end,
    attempts = t.attempts - s.given_back,
    claimed_by = case when s.status_after <> 'pending' or t.cancel_requested or (s.verb = 'retry' and t.attempts >= t.max_attempts) then t.claimed_by end,
    claimed_at = case when s.status_after <> 'pending' or t.cancel_requested or (s.verb = 'retry' and t.attempts >= t.max_attempts) then t.claimed_at end,
    finished_at = case when s.status_after <> 'pending' or t.cancel_requested or (s.verb = 'retry' and t.attempts >= t.max_attempts) then now() end,
    error = coalesce(s.message, t.error),
    updated_at = now()
  from sent s
  where ${FENCED}
  returning t.id, t.queue, t.attempts + s.given_back as attempt, s.verb, t.status, s.message, s.took_ms, s.claimed_at_s,
    t.cancel_requested, least(now(), to_timestamp(s.ended_at_s)) as ended_at
), logged as (
  insert into taskproc.task_logs (task_id, attempt, process, at, event, level, message, started_at)
  select id, attempt, $8, case when cancel_requested then now() else ended_at end,
    case when verb in ('retry', 'fail') then 'failed' when status = 'cancelled' then 'cancelled'
         when verb = 'snooze' then 'snoozed' else 'released' end,
    case verb when 'fail' then 'error' when 'retry' then 'warn' else 'info' end,
    coalesce(message, case when verb = 'snooze' then 'snoozed' when took_ms is null then '${NOT_BEGUN}' else 'given back, not finished' end),
    case when took_ms is null then to_timestamp(claimed_at_s) else ended_at - took_ms * interval '1 millisecond' end
  from settled
), woken as (
  -- What a process gives back when it stops, others may take at once.
  select ${TOLD_BACK} from settled where verb = 'release' and status = 'pending' group by queue
)
select id, status, (select count(*) from woken) as woken from settled`

// A rescue makes the task pending too, with the same claim number; it counts a crash, and that tells it from our own.
const ALREADY = `
select t.id, t.status
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::integer[])
  as sent(id, claim_number, owner, status, crashes)
join taskproc.tasks t on t.id = sent.id and t.claim_number = sent.claim_number and t.crashes = sent.crashes
where (t.status = sent.status or (sent.status = 'pending' and t.status = 'cancelled' and t.cancel_requested))
  and (coalesce(t.claimed_by, 0) = sent.owner or t.status = 'pending')`
