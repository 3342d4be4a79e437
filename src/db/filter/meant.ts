// Of tasks that are named by their ids, those that a filter means: for a bulk act, which found them a moment ago.
import type { TaskFilter } from '../../task/filter.ts'
import { condition } from './filter.ts'

export interface Meant {
  /**
   * The clause `locked as materialized (...)` of a statement: these columns of the `tasks t` with the ids `$1` that are
   * meant, and of which `where` is true. In the order of their ids: no two statements wait for each other.
   */
  locked(columns: string, where?: string): string
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
  if (filter === undefined)
    return { values: [], locked: (columns, where = 'true') => locked(columns, where, 'for update') }
  const { sql, values } = condition(filter, firstParameter)
  const isMeant = `case when ${sql} then true else false end`
  return {
    values,
    locked: (columns, where = 'true') => locked(columns, `${where} and ${isMeant}`, 'for update skip locked'),
  }
}

const locked = (columns: string, where: string, locking: string): string => `locked as materialized (
  select ${columns} from taskproc.tasks t
  where t.id = any ($1::bigint[]) and ${where} order by t.id ${locking}
)`
