// Hearing that a running task is to be cancelled: by notification, and by looking where none can be heard.
import type { Emit } from '../task/events.ts'
import type { TaskId } from '../task/task.ts'
import { monotonicMs } from './clock.ts'
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
  let lookedMs = Number.NEGATIVE_INFINITY
  const tick = async () => {
    // Asked each time: the connection may be lost in the meantime.
    const isDue = !parts.isHearing() || monotonicMs() - lookedMs >= HEARING_LOOK_MS
    const ids = isDue ? parts.heldIds() : []
    if (isDue) lookedMs = monotonicMs()
    if (ids.length > 0) for (const id of await parts.readCancelRequests(ids)) parts.cancel(id)
    return DEAF_LOOK_MS
  }
  return new Loop({ name: 'cancellations', tick, emit: parts.emit })
}
