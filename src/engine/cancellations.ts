// Hearing that a running task is to be cancelled: by notification, and by looking where none can be heard.
import type { Emit } from '../task/events.ts'
import type { TaskId } from '../task/task.ts'
import { Loop } from './loop.ts'

/** A running task hears of it within a second, also where nothing can be heard. */
const DEAF_LOOK_MS = 1_000
/** A notification may be lost with its connection. */
const HEARING_LOOK_MS = 15_000

export interface CancellationsParts {
  isHearing(): boolean
  heldIds(): TaskId[]
  readCancelRequests(ids: readonly TaskId[]): Promise<TaskId[]>
  cancel(id: TaskId): void
  emit: Emit
}

/** A loop that looks for requests while something is held. */
export function watchCancellations(parts: CancellationsParts): Loop {
  const tick = async () => {
    const ids = parts.heldIds()
    if (ids.length > 0) for (const id of await parts.readCancelRequests(ids)) parts.cancel(id)
    return parts.isHearing() ? HEARING_LOOK_MS : DEAF_LOOK_MS
  }
  return new Loop({ name: 'cancellations', tick, emit: parts.emit })
}
