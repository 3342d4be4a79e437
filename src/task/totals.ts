// Counting what a process did, from its settlements.
import type { Totals } from './events.ts'
import type { Settlement } from './settlement.ts'
import type { Status } from './status.ts'

/** Where counting begins. */
export function noTotals(): Totals {
  return { claimed: 0, done: 0, retried: 0, failed: 0, snoozed: 0, released: 0, cancelled: 0, lost: 0 }
}

/** Which total a written settlement adds one to: what became of the task counts, not what was meant to. */
export function totalOf(settlement: Settlement, status: Status): keyof Totals {
  if (status === 'cancelled') return 'cancelled'
  return status === 'error' ? 'failed' : TOTAL_OF[settlement.verb]
}

const TOTAL_OF: Record<Settlement['verb'], keyof Totals> = {
  complete: 'done',
  retry: 'retried',
  fail: 'failed',
  snooze: 'snoozed',
  release: 'released',
  cancel: 'cancelled',
}
