// Questions to the results of a run: medians over its rounds, ratios of the same round, and what went wrong.
import { median, percentile, ratio } from '../numbers.mjs'

/** The name of a subject in tables. */
export function nameOf(results, key) {
  return results.subjects[key]?.name ?? NAMES[key] ?? key
}

const NAMES = {
  floor: 'the floor (pgbench)',
  bare: 'the floor: INSERT with NOTIFY, one UPDATE',
  pgbench: 'multi-row INSERT (pgbench)',
  pgbenchPrepared: 'multi-row INSERT, prepared (pgbench)',
  unserved: 'nobody serves',
  notifying: 'one process serves, woken',
  silent: 'one process serves, notifications taken out',
}

/** One list for each subject of a group, a result for each round; those that failed have no figures. */
export function rounds(results, group, key) {
  return results.groups[group]?.[key] ?? []
}

export function keys(results, group) {
  return Object.keys(results.groups[group] ?? {})
}

export function medianOf(results, group, key, field) {
  return median(rounds(results, group, key).map((round) => round[field] ?? null))
}

export function ratioOf(results, [group, key], [otherGroup, other], field = 'tasksPerSecond') {
  const values = (from, whose) => rounds(results, from, whose).map((round) => round[field] ?? null)
  return ratio(values(group, key), values(otherGroup, other))
}

/** Percentiles over all that was waited in all rounds. */
export function waitOf(results, group, key, share) {
  return percentile(
    rounds(results, group, key).flatMap(({ waits }) => waits ?? []),
    share,
  )
}

/** Lost and duplicated of all rounds, and how many rounds failed or were ended by time. */
export function faults(results, group, key) {
  const sum = { lost: 0, duplicated: 0, failed: [], ended: 0 }
  for (const round of rounds(results, group, key)) {
    sum.lost += round.lost ?? 0
    sum.duplicated += round.duplicated ?? 0
    if (round.failed !== undefined) sum.failed.push(round.failed)
    else if (round.isComplete === false) sum.ended += 1
  }
  return sum
}
