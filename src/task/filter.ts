// Which tasks are meant: what `list` shows, what `retry`, `cancel` and `prune` act on, and what `GET /tasks` answers with.
import { durationText } from './duration.ts'
import type { Status } from './status.ts'

/** Every field that is there has to hold; a list holds when one of its values does. {} means every task. */
export interface TaskFilter {
  readonly status?: readonly Status[]
  readonly queue?: readonly string[]
  readonly kind?: readonly string[]
  /** Name of the process that holds it, or that held it when it finished. */
  readonly process?: string
  /** Part of the error text, in any case of letters. */
  readonly error?: string
  /** Finished at least so long ago; one that is not finished: created so long ago. */
  readonly olderThanMs?: number
}

/** `{ status: ['error'] }` -> `status=error`: how a filter is repeated to who asked. Empty for every task. */
export function filterText(filter: TaskFilter): string {
  const { status, queue, kind, process, error, olderThanMs } = filter
  const parts = Object.entries({ status, queue, kind, process, error }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${typeof value === 'string' ? value : value.join(',')}`],
  )
  return [...parts, ...(olderThanMs === undefined ? [] : [`older than ${durationText(olderThanMs)}`])].join(
    ' ',
  )
}
