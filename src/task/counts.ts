// Counts of tasks by status, added up by queue and by kind.
import { STATUSES, type Status } from './status.ts'

export type Counts = Record<Status, number>

/** So many tasks of a queue and kind have this status. A difference may be negative; sums are not shown so. */
export interface CountRow {
  readonly queue: string
  readonly kind: string
  readonly status: Status
  readonly n: number
}

/** The sum by status. Differences that were written by others may be ahead of what they differ from: nothing is below 0. */
export function sumCounts(rows: readonly CountRow[]): Counts {
  const counts: Counts = { pending: 0, in_progress: 0, done: 0, error: 0, cancelled: 0 }
  for (const row of rows) counts[row.status] += row.n
  for (const status of STATUSES) counts[status] = Math.max(0, counts[status])
  return counts
}

/** The sums for each name, by name; without those of which there is nothing. */
export function groupCounts(
  rows: readonly CountRow[],
  nameOf: (row: CountRow) => string,
): Map<string, Counts> {
  const groups = new Map<string, CountRow[]>()
  for (const row of rows) {
    const name = nameOf(row)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [row])
    else group.push(row)
  }
  const sums = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, group]) => [name, sumCounts(group)] as const)
  return new Map(sums.filter(([, counts]) => STATUSES.some((status) => counts[status] > 0)))
}
