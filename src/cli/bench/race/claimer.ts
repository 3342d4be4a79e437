// A claimer of a race: it asks for one task, and says when it is done with it.
import type { TaskId } from '../../../task/task.ts'

export const RACE_KIND = 'taskproc-race'

/** A task in the hands of a claimer. */
export interface Grab {
  readonly id: TaskId
  readonly claimNumber: number
}

export interface Claimer {
  readonly name: string
  /** Its row in `processes`. */
  readonly processId: TaskId
  /** One task of the race; null where none is left now. */
  grab(): Promise<Grab | null>
  complete(grab: Grab): Promise<void>
  /** Gives its connection back. Never throws. */
  leave(): Promise<void>
}
