// The INSERTs of enqueue: of one task, of a batch, and of a batch in which unique keys may be taken.
import { iso } from './documents.ts'
import { DEFAULTS } from './enqueue-values.ts'

/** No CTE and no array: to plan and to start those costs as much as the row. */
export const ONE = `
insert into taskproc.tasks (payload, kind, queue, priority, run_at, max_attempts, timeout_ms, backoff_ms, trace, unique_key)
values ($1, $2, $3, $4, coalesce($5, now() + $6::double precision * interval '1 millisecond'), $7, $8, $9, $10, $11)
on conflict (unique_lock) where unique_lock is not null do nothing
returning id::text, taskproc.wake(queue, run_at)`

export const ONE_DOCUMENT = `${ONE}, ${iso('run_at')} as run_at, ${iso('created_at')} as created_at`

const GIVEN = `
unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::timestamptz[], $6::double precision[], $7::integer[],
       $8::integer[], $9::integer[], $10::text[], $11::text[]) with ordinality as i(
       payload, kind, queue, priority, run_at, delay_ms, max_attempts, timeout_ms, backoff_ms, trace, unique_key, place)`

const COLUMNS =
  'kind, payload, queue, priority, run_at, max_attempts, timeout_ms, backoff_ms, trace, unique_key'

const VALUES = `
coalesce(kind, $12), payload::jsonb, coalesce(queue, '${DEFAULTS.queue}'), coalesce(priority, ${DEFAULTS.priority}),
coalesce(run_at, now() + coalesce(delay_ms, 0) * interval '1 millisecond'), coalesce(max_attempts, ${DEFAULTS.maxAttempts}),
timeout_ms, backoff_ms, trace, unique_key`

const WOKEN = 'woken as (select taskproc.wake(queue, min(run_at)) from inserted group by queue)'
const AWAKE = '(select count(*) from woken) as woken'

// No task is left out and each draws its id as it is inserted, one after the other: the order of the ids is that of the batch.
const INSERT = `
with inserted as (
  insert into taskproc.tasks (${COLUMNS}) select ${VALUES} from ${GIVEN}
  returning id, queue, run_at, created_at
), ${WOKEN}`

/** Of one kind, in one queue, and with the defaults of the table: 6 % cheaper for the server than the next one. */
export const PLAIN_BATCH = `
with inserted as (
  insert into taskproc.tasks (payload, kind, queue) select unnest($1::text[])::jsonb, $2, $3
  returning id, run_at
)
select array_agg(id order by id)::text as ids, taskproc.wake($3, min(run_at)) from inserted`

export const BATCH = `${INSERT}
select array_agg(id order by id)::text as ids, ${AWAKE} from inserted`

export const DOCUMENTS = `${INSERT}
select id, ${iso('run_at')} as run_at, ${iso('created_at')} as created_at, ${AWAKE} from inserted order by id`

// Ids are drawn before the insert, so that each line of the input knows its own, whatever ON CONFLICT leaves out. The
// sequence is looked up once: done for each row, that is a quarter of the cost.
const INSERT_KEYED = `
with input as materialized (
  select nextval((select pg_get_serial_sequence('taskproc.tasks', 'id')::regclass)) as id, i.* from ${GIVEN}
), inserted as (
  insert into taskproc.tasks (id, ${COLUMNS})
  overriding system value
  select id, ${VALUES}
  -- In one order everywhere: two batches with the same keys wait for each other, and do not deadlock.
  from input order by unique_key, place
  on conflict (unique_lock) where unique_lock is not null do nothing
  returning id, queue, run_at, created_at
), ${WOKEN}`

export const KEYED_BATCH = `${INSERT_KEYED}
select array_agg(inserted.id order by input.place)::text as ids, ${AWAKE}
from input left join inserted on inserted.id = input.id`

export const KEYED_DOCUMENTS = `${INSERT_KEYED}
select inserted.id, ${iso('inserted.run_at')} as run_at, ${iso('inserted.created_at')} as created_at, ${AWAKE}
from input left join inserted on inserted.id = input.id order by input.place`
