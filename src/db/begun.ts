// Whether the run had begun that a row of the log ends. Of one that had not, and of one whose process died, nobody knows
// more than when it was claimed: `started_at` has that.

/** What the log says of a claim that was given back before a worker took it. */
export const NOT_BEGUN = 'given back, not begun'
/** And of one that somebody wanted cancelled before a worker took it: see engine/worker. */
const CANCELLED_FIRST = 'cancelled before it ran'

/** A condition on a row of the log: what it ends had begun, by all that is known. */
export const HAD_BEGUN = `(event <> 'rescued' and message not in ('${NOT_BEGUN}', '${CANCELLED_FIRST}'))`
