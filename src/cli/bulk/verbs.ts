// The three verbs that act on many tasks: which statuses they are for, what they do with a batch, and in which words.
import { OPERATOR } from '../../db/act.ts'
import { cancel } from '../../db/cancel.ts'
import type { Db } from '../../db/db.ts'
import { PRUNE_TASKS, type PruneFilter, prune } from '../../db/prune/prune.ts'
import { retry } from '../../db/retry.ts'
import type { TaskFilter } from '../../task/filter.ts'
import { CANCELLABLE, FINISHED, RETRIABLE, type Status } from '../../task/status.ts'
import type { TaskId } from '../../task/task.ts'

/** Why a task was left alone that was meant a moment before: its status by now, or what kept us from it. */
export type Reason = Status | 'unique_key' | 'deleted' | 'locked'

export interface Done {
  /** How many, by the words of the verb. */
  readonly acted: Readonly<Record<string, number>>
  readonly left: readonly { id: TaskId; reason: Reason }[]
}

export interface Verb<Filter extends TaskFilter = TaskFilter> {
  readonly name: 'retry' | 'cancel' | 'prune'
  /** What it can act on; those that are meant when no status is named come first. */
  readonly statuses: readonly Status[]
  readonly initial: readonly Status[]
  /** What can be done with a task, such as `retried`: the fields of the document. */
  readonly words: readonly string[]
  readonly batchRows: number
  /** How many times as long as a batch the pause behind it is, while anybody serves. */
  readonly pauseShare: number
  act(db: Db, ids: readonly TaskId[], filter: Filter): Promise<Done>
}

/** One short statement: what it locks, nobody else has for so long. */
const BATCH_ROWS = 500

export const RETRY: Verb = {
  name: 'retry',
  statuses: RETRIABLE,
  initial: ['error'],
  words: ['retried'],
  batchRows: BATCH_ROWS,
  pauseShare: 0,
  async act(db, ids, filter) {
    const answers = await retry(db, ids, OPERATOR, filter)
    const left = answers.flatMap(({ id, answer, reason }) =>
      answer === 'retried' ? [] : [{ id, reason: reasonOf(answer, reason, RETRY.statuses) }],
    )
    return { acted: { retried: answers.length - left.length }, left }
  },
}

export const CANCEL: Verb = {
  name: 'cancel',
  statuses: CANCELLABLE,
  initial: CANCELLABLE,
  words: ['cancelled', 'requested'],
  batchRows: BATCH_ROWS,
  pauseShare: 0,
  async act(db, ids, filter) {
    const answers = await cancel(db, ids, OPERATOR, filter)
    const having = (wanted: string) => answers.filter(({ answer }) => answer === wanted).length
    const left = answers.flatMap(({ id, answer, reason }) =>
      answer === 'cancelled' || answer === 'requested'
        ? []
        : [{ id, reason: reasonOf(answer, reason, CANCEL.statuses) }],
    )
    return { acted: { cancelled: having('cancelled'), requested: having('requested') }, left }
  },
}

export const PRUNE: Verb<PruneFilter> = {
  name: 'prune',
  statuses: FINISHED,
  initial: FINISHED,
  words: ['pruned'],
  batchRows: PRUNE_TASKS,
  // A tenth of the time of one connection, also where the processors are all taken.
  pauseShare: 9,
  async act(db, ids, filter) {
    const pruned = new Set((await prune(db, ids, filter)).map(({ id }) => id))
    const left = ids.flatMap((id) => (pruned.has(id) ? [] : [{ id, reason: 'locked' as const }]))
    return { acted: { pruned: pruned.size }, left }
  },
}

/** One that could not be looked at and has a status that is meant was locked, or is not meant for another reason. */
function reasonOf(answer: string, reason: Reason | null, statuses: readonly Status[]): Reason {
  if (reason === null) return 'deleted'
  const isMeant = (statuses as readonly Reason[]).includes(reason)
  return answer === 'unknown' && isMeant ? 'locked' : reason
}
