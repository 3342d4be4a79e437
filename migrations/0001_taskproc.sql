-- The store: tasks, what happened to them, and the processes that run them.
-- Everything is in the schema taskproc and is named with it, so that a table `tasks` of the user's own does not collide.

create schema if not exists taskproc;

create table taskproc.tasks (
  id            bigint generated always as identity primary key,
  queue         text        not null default 'default',
  kind          text        not null,
  payload       jsonb       not null default 'null',
  priority      smallint    not null default 0,
  status        text        not null default 'pending',
  attempts      integer     not null default 0,
  max_attempts  integer     not null default 3,
  crashes       integer     not null default 0,
  claim_number  bigint      not null default 0,
  run_at        timestamptz not null default now(),
  claimed_by    bigint,
  claimed_at    timestamptz,
  finished_at   timestamptz,
  result        jsonb,
  error         text,
  unique_key    text,
  timeout_ms    integer,
  -- The first delay after a failure; null: what the kind says.
  backoff_ms    integer,
  -- Set by an operator on a running task; its process hears of it, and whatever would make it pending again cancels it.
  cancel_requested boolean  not null default false,
  -- The W3C trace context of who enqueued it (`traceparent`), so that its runs show in the same trace.
  trace         text,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),

  -- Indexes look at these three and never at `status`. A completion changes none of them (unique_lock only where a
  -- unique_key is given up), so it touches no indexed column and stays a heap-only (HOT) update: no index is written.
  -- That is worth a fifth of the throughput.
  claimable     boolean     generated always as (status = 'pending') stored,
  unique_lock   text        generated always as (case when status in ('pending', 'in_progress') then unique_key end) stored,
  failed        boolean     generated always as (status = 'error') stored,

  constraint tasks_status_known     check (status in ('pending', 'in_progress', 'done', 'error', 'cancelled')),
  -- A pending task without an attempt left could never be claimed, and would fail the whole batch that tries.
  constraint tasks_pending_is_free  check (status <> 'pending' or (
    claimed_by is null and claimed_at is null and attempts < max_attempts and not cancel_requested)),
  constraint tasks_running_is_owned check (status <> 'in_progress' or (claimed_by is not null and claimed_at is not null and attempts > 0)),
  constraint tasks_finished_has_time check ((status in ('done', 'error', 'cancelled')) = (finished_at is not null)),
  constraint tasks_done_was_claimed check (status <> 'done' or (claimed_by is not null and claimed_at is not null and attempts > 0)),
  constraint tasks_error_has_text   check (status <> 'error' or error is not null),
  constraint tasks_result_of_done   check (result is null or status = 'done'),
  constraint tasks_attempts_bounded check (attempts between 0 and max_attempts and max_attempts between 1 and 1000),
  constraint tasks_attempts_claimed check (attempts <= claim_number),
  constraint tasks_counters_positive check (crashes >= 0 and claim_number >= 0 and (timeout_ms is null or timeout_ms > 0) and (backoff_ms is null or backoff_ms >= 0)),
  constraint tasks_run_at_finite    check (isfinite(run_at)),
  constraint tasks_names_bounded    check (
    length(queue) between 1 and 128 and length(kind) between 1 and 128
    and (unique_key is null or length(unique_key) between 1 and 512)),
  constraint tasks_trace_bounded    check (length(trace) between 1 and 128)
) with (
  -- Room in each page for the claimed and the finished version of its rows: this is what makes HOT updates possible.
  fillfactor = 70,
  -- A queue turns its rows over all day: vacuum after a smaller share of a growing table than usual.
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_threshold = 2000,
  autovacuum_analyze_scale_factor = 0.05
);

-- One lane (queue, kind, priority) is one range of this index, in the order in which it is claimed.
-- The cost of a claim is the size of its batch, whatever else the table holds.
create index tasks_claim on taskproc.tasks (queue, kind, priority, run_at, id) where claimable;

-- At most one live task for each unique_key.
create unique index tasks_unique_live on taskproc.tasks (unique_lock) where unique_lock is not null;

-- What a process claimed, newest last. It finds what a dead process held without a predicate on `status`
-- (see above); `processes.claims_since` bounds the range from below.
create index tasks_owner on taskproc.tasks (claimed_by, claimed_at) where claimed_by is not null;

-- Tasks that were in the hands of a process when it died. Few; above a limit they are run alone, or never again.
create index tasks_crashed on taskproc.tasks (run_at, id) where claimable and crashes > 0;

-- What an operator looks for first, among millions that are done.
create index tasks_failed on taskproc.tasks (id) where failed;

-- Every attempt that was not simply picked up and completed, and each line that a handler logs.
-- The happy path writes nothing here: it is read from the task's own columns.
create table taskproc.task_logs (
  id       bigint generated always as identity primary key,
  task_id  bigint      not null,
  attempt  integer     not null,
  process  text,
  at       timestamptz not null default now(),
  event    text        not null,
  level    text        not null,
  message  text        not null,
  started_at timestamptz,
  constraint task_logs_event_known check (event in ('log', 'failed', 'snoozed', 'released', 'rescued', 'cancelled', 'retried')),
  constraint task_logs_level_known check (level in ('debug', 'info', 'warn', 'error'))
);

create index task_logs_task on taskproc.task_logs (task_id, id);

-- One row for each process that ever served; `id` is the incarnation. A process that was declared lost never comes
-- back under the same id, so nothing that it still has in flight can be mistaken for its successor's.
create table taskproc.processes (
  id            bigint generated always as identity primary key,
  name          text        not null,
  host          text        not null,
  pid           integer     not null,
  -- Names this incarnation to other processes of the same machine: who finds it gone there knows that it is dead.
  pid_proof     text,
  version       text        not null,
  queues        text[],
  kinds         text[]      not null,
  workers       integer     not null,
  state         text        not null default 'running',
  started_at    timestamptz not null default now(),
  heartbeat_at  timestamptz not null default now(),
  stopped_at    timestamptz,
  -- The first complete search for claims that it left behind; they are looked for until ten minutes after it.
  swept_at      timestamptz,
  lease_ms      integer     not null,
  claims_since  timestamptz not null default now(),
  running       integer     not null default 0,
  waiting       integer     not null default 0,
  counters      jsonb       not null default '{}',
  -- What runs longest there, as of the last beat, and how many tasks of a kind it runs at once where that is limited.
  doing         jsonb       not null default '[]',
  kind_limits   jsonb       not null default '{}',
  -- A task with so many crashes is quarantined there; with one less it runs alone.
  crash_limit   integer     not null default 3,
  constraint processes_state_known check (state in ('running', 'draining', 'stopped', 'lost')),
  constraint processes_end_has_time check ((state in ('stopped', 'lost')) = (stopped_at is not null)),
  constraint processes_name_bounded check (length(name) between 1 and 128)
) with (fillfactor = 50);

create unique index processes_live_name on taskproc.processes (name) where state in ('running', 'draining');

-- Who waits for work. An enqueue notifies only where a row here says that somebody sleeps, since NOTIFY takes a lock
-- that all commits share. Lost in a crash of the server without harm: polling is the truth, this is a hint.
-- `wakes_at` is when the sleeper will look by itself: work that is due later than that needs no notification.
create unlogged table taskproc.sleepers (
  process_id bigint      primary key,
  queues     text[],
  wakes_at   timestamptz not null
);

-- Tasks that were finished, revived or deleted by other hands than those of a process (operators, rescues, remote
-- workers), or by processes whose rows are gone: differences, which may be negative. Together with the counters of the
-- processes they say how many finished tasks there are, without a look at the tasks.
create table taskproc.tallies (
  queue      text   not null,
  kind       text   not null,
  done       bigint not null default 0,
  error      bigint not null default 0,
  cancelled  bigint not null default 0,
  primary key (queue, kind)
) with (fillfactor = 50);

-- How far the processes with a retention time have come in deleting what is older: whoever comes first after `next_at`
-- takes the next turn, so that a fleet prunes no faster than one process.
create table taskproc.retention (
  one       boolean     primary key default true check (one),
  after_id  bigint      not null default 0,
  next_at   timestamptz not null default now()
);

insert into taskproc.retention default values;
