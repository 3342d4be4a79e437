// What the statements of settle are given: an array for each column.
import type { Settlement, Settling } from '../task/settlement.ts'

/** The fence: three arrays that name the claims, as text, which spares the driver a look at each number. */
function fence(batch: readonly Settling[]): string[] {
  return [
    `{${batch.map(({ claim }) => claim.id).join()}}`,
    `{${batch.map(({ claim }) => claim.claimNumber).join()}}`,
    `{${batch.map(({ claim }) => claim.processId).join()}}`,
  ]
}

/** Of outcomes that are all completions. */
export function completeValues(batch: readonly Settling[]): unknown[] {
  const results = batch.map(({ settlement }) => (settlement.verb === 'complete' ? settlement.result : null))
  return [
    ...fence(batch),
    // An array that is too short is filled up with nulls: most have no result.
    results.every((result) => result === null) ? '{}' : results,
  ]
}

/** Of all other outcomes; `processName` is what history shows. */
export function settleValues(processName: string, batch: readonly Settling[]): unknown[] {
  return [
    ...fence(batch),
    batch.map(({ settlement }) => settlement.verb),
    batch.map(({ settlement }) => ('delayMs' in settlement ? settlement.delayMs : null)),
    batch.map(({ settlement }) => textOf(settlement)),
    batch.map(({ tookMs }) => tookMs),
    processName,
    batch.map(({ claim }) => claim.claimedAtS),
    batch.map(({ endedAtS }) => endedAtS ?? null),
  ]
}

/** Of outcomes that an earlier try may have written. */
export function alreadyValues(batch: readonly Settling[]): unknown[] {
  const statuses = batch.map(({ settlement }) => STATUS_AFTER[settlement.verb])
  return [...fence(batch), statuses, batch.map(({ claim }) => claim.crashes)]
}

function textOf(settlement: Settlement): string | null {
  if ('error' in settlement) return settlement.error
  return settlement.verb === 'cancel' ? settlement.reason : null
}

const STATUS_AFTER = {
  complete: 'done',
  retry: 'pending',
  fail: 'error',
  snooze: 'pending',
  release: 'pending',
  cancel: 'cancelled',
} as const satisfies Record<Settlement['verb'], string>
