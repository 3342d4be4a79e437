// The owner of tasks, in SQL about `processes p`: until when it is heard, and where what it holds is to be found.

/** When its lease is over. A server that was down gave nobody a chance to beat: it counts from its start at the earliest. */
export const LEASE_END = `(greatest(p.heartbeat_at, pg_postmaster_start_time()) + p.lease_ms * interval '1 millisecond')`

/** The seconds until then; not positive when it is over. */
export const LEASE_LEFT_SECONDS = `extract(epoch from ${LEASE_END} - now())::float8`

/** So far the clock of the server may be set back: what was claimed after a beat then seems to be from before it. */
export const CLOCK_SLACK = `interval '10 seconds'`

/** Of `tasks t`: it claimed them, and all that it still holds is among them. A range of the index tasks_owner. */
export const IS_CLAIMED = `t.claimed_by = p.id and t.claimed_at >= p.claims_since - ${CLOCK_SLACK}`

/** It may hold something: it lives, or it was first searched less than ten minutes ago (see rescue). */
export const MAY_HOLD = `(p.state in ('running', 'draining') or p.swept_at is null
    or p.swept_at > now() - interval '10 minutes')`
