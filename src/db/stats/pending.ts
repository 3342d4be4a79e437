// How many tasks are pending, lane by lane, in bounded time: counted as far as that is fast, estimated beyond.

/** Index entries that are counted in all lanes together: 0.7 µs each where vacuum has not been, 0.1 µs where it has. */
const COUNTED_ENTRIES = 200_000
/** In each lane, however many there are. */
const LEAST_COUNTED = 1_000
/** Looks into the table, from end to end, of LOOK_ROWS neighbours each; some 15 ms. */
const LOOKS = 1_000
const LOOK_ROWS = 10

/**
 * The table `waiting (queue, kind, priority, n)` of a statement that has `lane`. Exact for every lane that holds less than
 * its share of COUNTED_ENTRIES. What is more is estimated from looks at equal distances, and rounded so that it shows.
 *
 * Inserted one after the other, the tasks of a backlog are neighbours: then the error is that of its two ends, 1 % of a
 * million pending among eleven. The distance is a power of two, so that the same places are looked at until the table
 * has doubled, and the estimate moves with the table only. A look goes by id and status: no other index can serve that.
 */
export const WAITING = `share as (
  select greatest(${LEAST_COUNTED}, ${COUNTED_ENTRIES} / greatest(1, count(*))) as entries from lane
), counted_lane as (
  select lane.*, (select count(*) from (
      select from taskproc.tasks t
      where t.claimable and t.queue = lane.queue and t.kind = lane.kind and t.priority = lane.priority
      limit (select entries from share)) as entry) as n
  from lane
), look as (
  select min(id) as first_id, max(id) as last_id,
    (2 ^ greatest(4, ceil(log(2, greatest(1, (max(id) - min(id)) / ${LOOKS}.0)))))::bigint as distance
  from taskproc.tasks
  where exists (select from counted_lane, share where n = entries)
), seen as (
  select task.queue, task.kind, task.priority, count(*) * look.distance / ${LOOK_ROWS}.0 as n
  from look cross join lateral generate_series(first_id / distance * distance, last_id, distance) as place
    cross join lateral (
      select t.queue, t.kind, t.priority from taskproc.tasks t
      where t.id >= place and t.id < place + ${LOOK_ROWS} and t.status = 'pending') as task
  group by task.queue, task.kind, task.priority, look.distance
), waiting as (
  select queue, kind, priority, case when counted_lane.n < share.entries then counted_lane.n
      else round(guess.n, 2 - floor(log(guess.n))::int) end as n
  from share cross join counted_lane left join seen using (queue, kind, priority)
    cross join lateral (select greatest(1, counted_lane.n, seen.n) as n) as guess
)`
