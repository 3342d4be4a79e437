// Of tasks that are named by their ids, those that a filter means: for a bulk act, which found them a moment ago.
import type { TaskFilter } from '../../task/filter.ts'
import { condition } from './filter.ts'

export interface Meant {
  /** A complete condition on `taskproc.tasks t`. */
  readonly where: string
  readonly locking: 'for update' | 'for update skip locked'
  readonly values: readonly unknown[]
}

/**
 * Without a filter every task that was named is meant, and waited for. With one, a task that somebody else has locked is
 * passed over: a bulk act never stands in the way of a claim or a settlement, nor waits for one.
 *
 * The case hides the filter from the planner: the rows are found by their ids, and never by an index that old statistics
 * call small.
 */
export function meantBy(filter: TaskFilter | undefined, firstParameter: number): Meant {
  if (filter === undefined) return { where: 'true', locking: 'for update', values: [] }
  const { sql, values } = condition(filter, firstParameter)
  return { where: `case when ${sql} then true else false end`, locking: 'for update skip locked', values }
}
