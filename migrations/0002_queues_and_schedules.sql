-- Queues that somebody paused, schedules, and a door for plain SQL: select taskproc.enqueue('emails', '{"to": "..."}').

-- What was said about a queue; most queues have no row. The row with the empty name speaks for every queue that has
-- none of its own (also for one that is used for the first time later): a queue cannot have that name.
create table taskproc.queues (
  name       text        primary key,
  -- null: it is served, although every other queue may be paused.
  paused_at  timestamptz,
  constraint queues_name_bounded check (length(name) <= 128)
);

-- The row that pauses this queue, if one does: its own, or else the one of every queue ('' sorts before every name). The
-- planner puts the body into the calling statement; there it costs an index lookup or two for each lane.
create function taskproc.pause_of(queue text) returns setof taskproc.queues language sql stable parallel safe begin atomic
  select said.* from (
    select q.* from taskproc.queues q where q.name in (pause_of.queue, '') order by q.name desc limit 1) as said
  where said.paused_at is not null;
end;

-- Wakes the processes that wait for work in this queue. NOTIFY takes a lock that is global to the server until the
-- commit, so it is paid for only where somebody sleeps past the time at which the work is due.
create function taskproc.wake(queue text, due_at timestamptz) returns void language plpgsql volatile as $$
begin
  if exists (
    select from taskproc.sleepers s
    where (s.queues is null or wake.queue = any (s.queues)) and wake.due_at <= greatest(s.wakes_at, now()))
  then
    perform pg_notify('taskproc_work', wake.queue);
  end if;
end
$$;

-- Inserts one task and returns its id; it takes part in the caller's transaction. null means the default. Raises
-- invalid_parameter_value with everything that is wrong, and unique_violation with the id of the task that has the
-- unique key. `priority` is an integer, so that an integer literal fits; it has the range of a smallint.
create function taskproc.enqueue(
  kind         text,
  payload      jsonb       default 'null',
  queue        text        default 'default',
  priority     integer     default 0,
  run_at       timestamptz default now(),
  max_attempts integer     default 3,
  unique_key   text        default null,
  timeout_ms   integer     default null,
  -- A W3C traceparent: the runs of the task show in that trace.
  trace        text        default null
) returns bigint language plpgsql volatile as $$
declare
  control constant text := '[\u0001-\u001f\u007f-\u009f]';
  problems text;
  new_id bigint;
  live_id bigint;
begin
  payload := coalesce(payload, 'null');
  queue := coalesce(queue, 'default');
  priority := coalesce(priority, 0);
  run_at := coalesce(run_at, now());
  max_attempts := coalesce(max_attempts, 3);

  select string_agg(problem, '; ') into problems from (values
    (kind is null or length(kind) not between 1 and 128 or kind ~ control,
      'kind must be a name of 1 to 128 characters without control characters'),
    (length(queue) not between 1 and 128 or queue ~ control,
      'queue must be a name of 1 to 128 characters without control characters'),
    (octet_length(payload::text) > 1048576,
      'payload has ' || octet_length(payload::text) || ' bytes as JSON, the limit is 1048576'),
    (priority not between -32768 and 32767, 'priority must be from -32768 to 32767, got ' || priority),
    (not isfinite(run_at), 'run_at must be a time, got ' || run_at),
    (max_attempts not between 1 and 1000, 'max_attempts must be from 1 to 1000, got ' || max_attempts),
    (length(unique_key) not between 1 and 512, 'unique_key must have 1 to 512 characters, got ' || length(unique_key)),
    (timeout_ms <= 0, 'timeout_ms must be more than 0, got ' || timeout_ms),
    (trace !~ '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$', 'trace must be a W3C traceparent, got ' || left(trace, 100))
  ) as checked(is_wrong, problem) where is_wrong;
  if problems is not null then
    raise exception 'cannot enqueue: %', problems using errcode = 'invalid_parameter_value';
  end if;

  -- The live task may finish between the insert and the look at it: then the key is free, and the insert is tried again.
  -- A transaction with one snapshot cannot see it: there the second refusal is the answer.
  for try in 1..2 loop
    insert into taskproc.tasks as t (kind, payload, queue, priority, run_at, max_attempts, unique_key, timeout_ms, trace)
    values (enqueue.kind, enqueue.payload, enqueue.queue, enqueue.priority, enqueue.run_at, enqueue.max_attempts,
      enqueue.unique_key, enqueue.timeout_ms, enqueue.trace)
    on conflict (unique_lock) where unique_lock is not null do nothing
    returning t.id into new_id;
    if new_id is not null then
      perform taskproc.wake(queue, run_at);
      return new_id;
    end if;
    select t.id into live_id from taskproc.tasks t where t.unique_lock = enqueue.unique_key;
    exit when live_id is not null;
  end loop;
  raise exception '%', coalesce('task ' || live_id, 'another task') || ' is live and has the unique key ' || unique_key
    using errcode = 'unique_violation', constraint = 'tasks_unique_live';
end
$$;

-- Tasks by the clock. `next_at` is the fence: whoever moves it on enqueues the task of the tick that it named.
create table taskproc.schedules (
  name          text        primary key,
  cron          text        not null,
  timezone      text        not null default 'UTC',
  kind          text        not null,
  payload       jsonb       not null default 'null',
  queue         text        not null default 'default',
  priority      smallint    not null default 0,
  max_attempts  integer     not null default 3,
  -- null: there is no further tick.
  next_at       timestamptz,
  last_at       timestamptz,
  created_at    timestamptz not null default now(),
  constraint schedules_names_bounded check (
    length(name) between 1 and 128 and length(kind) between 1 and 128 and length(queue) between 1 and 128
    and length(cron) between 1 and 256 and length(timezone) between 1 and 128),
  constraint schedules_attempts_bounded check (max_attempts between 1 and 1000)
);
