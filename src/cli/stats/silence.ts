// Whose beats do not come: the same for the tables of `stats` and of `watch`.
import type { ProcessStats } from '../../db/stats/stats.ts'

/** It has not said goodbye and was not declared lost; it may be silent. */
export function isAlive({ state }: Pick<ProcessStats, 'state'>): boolean {
  return state === 'running' || state === 'draining'
}

/** A beat is due three times in a lease: who missed two of them is silent. */
const SILENT_LEASE_SHARE = 2 / 3

/** Its beats do not come: in the table and in what is wrong at the same moment. */
export function isSilent(process: ProcessStats): boolean {
  return isAlive(process) && process.last_beat_seconds >= process.lease_seconds * SILENT_LEASE_SHARE
}

/** It is silent for longer than its lease: its tasks are for others. */
export function isLeaseOver(process: ProcessStats): boolean {
  return isSilent(process) && process.last_beat_seconds >= process.lease_seconds
}
