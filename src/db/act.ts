// Act: what an operator does to tasks that are named by their ids, in one statement that answers for each of them.
import type { TaskFilter } from '../task/filter.ts'
import type { TaskId } from '../task/task.ts'
import type { Db } from './db.ts'
import { type Meant, meantBy } from './filter/meant.ts'

/** What history calls whoever acts, from a command line or over HTTP. */
export const OPERATOR = 'operator'

/** An act in SQL. `$1` are the ids, and `$2` is who did it, for history. */
export interface Act {
  /** Columns of `tasks t`, with its id, for the clause `locked`: what the tasks were before. */
  readonly reads: string
  /** The clauses behind it. `changed` has the ids of the tasks that were not left alone. */
  readonly clauses: string
  /** The clause with a row for each locked task that `answer` and `reason` look at, beside `changed`. */
  readonly judged: 'locked' | 'judged'
  /** What became of a task that was locked. */
  readonly answer: string
  /** Why it was left alone; null of one that was not. */
  readonly reason: string
  /** Further columns. Clauses that are there for what they do must be asked for, or they are not carried out. */
  readonly more: string
}

/**
 * Carries out `act` on these tasks and answers for each, in their order: `unknown` with the status of one that could not
 * be locked, null where there is none. With a `filter` only those that it means still, and that nobody has locked.
 */
export async function carryOut<Answer extends object>(
  db: Db,
  act: Act,
  ids: readonly TaskId[],
  by: string,
  filter: TaskFilter | undefined,
): Promise<Answer[]> {
  const meant = meantBy(filter, 3)
  const { rows } = await db.query<Answer>(statement(act, meant), [ids, by, ...meant.values])
  return rows
}

const statement = ({ reads, clauses, judged, answer, reason, more }: Act, { locked }: Meant): string => `
with ${locked(reads)}, ${clauses}
select asked.id, case when ${judged}.id is null then 'unknown' else ${answer} end as answer,
  case when ${judged}.id is null then (select t.status from taskproc.tasks t where t.id = asked.id)
    else ${reason} end as reason, ${more}
from unnest($1::bigint[]) with ordinality as asked(id, place)
left join ${judged} on ${judged}.id = asked.id left join changed on changed.id = asked.id
order by asked.place`
