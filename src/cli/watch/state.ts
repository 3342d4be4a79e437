// All that the screen shows and the keys change, as one value. Times in memory are monotonic milliseconds.
import type { HeldSnapshot } from '../../db/snapshots.ts'
import type { Backlog } from '../../db/stats/backlog.ts'
import type { Failure } from '../../db/stats/failures.ts'
import type { Stats } from '../../db/stats/stats.ts'
import type { LogItem } from '../../db/timeline.ts'
import type { TaskDocument, TaskId } from '../../task/task.ts'
import type { Look } from './look.ts'
import type { Size } from './screen.ts'

/** What was read for the overview. */
export interface Overview {
  readonly stats: Stats
  readonly backlog: readonly Backlog[]
  /** The newest, at most MOST_FAILURES. */
  readonly failures: readonly Failure[]
  readonly snapshot: HeldSnapshot | null
}

/** More than any screen shows beside the rest. */
export const MOST_FAILURES = 50

/** What was read for the page of a task; `task` is null where there is none. */
export interface TaskView {
  readonly id: TaskId
  readonly task: TaskDocument | null
  readonly timeline: readonly LogItem[]
}

export interface Reading<Value> {
  readonly value: Value
  readonly atMs: number
  /** The same moment for people: `14:02:31 UTC`. */
  readonly clock: string
}

/** Why nothing new is read. */
export interface Trouble {
  readonly sinceMs: number
  /** The database cannot be reached; otherwise it answers with an error. */
  readonly isAway: boolean
  readonly reason: string
}

type Page =
  | { readonly name: 'overview' }
  | { readonly name: 'help' }
  /** `scroll`: the first line of its text that is shown. */
  | { readonly name: 'task'; readonly id: TaskId; readonly scroll: number }

/** What a key asks of the world around the state. */
export type Act =
  | { readonly type: 'leave' | 'suspend' | 'redraw' | 'read' }
  | { readonly type: 'pause' | 'resume'; readonly queue: string }
  | { readonly type: 'retry' | 'cancel'; readonly id: TaskId }

export interface Question {
  readonly text: string
  readonly act: Act
}

export interface WatchState {
  /** The database, without its password. */
  readonly place: string
  /** What is typed for the program. */
  readonly program: string
  readonly intervalMs: number
  readonly look: Look
  readonly size: Size
  readonly nowMs: number
  readonly overview: Reading<Overview> | null
  readonly taskView: Reading<TaskView> | null
  /** A reading is on its way since then. */
  readonly readingSinceMs: number | null
  readonly trouble: Trouble | null
  readonly page: Page
  /** The key of the item that is chosen, and its place, for when it is gone. */
  readonly chosen: { readonly key: string; readonly place: number } | null
  readonly question: Question | null
  /** The id that is being typed. */
  readonly prompt: string | null
  /** What the last key led to, until the next one, and for MESSAGE_MS at most: it hides what the keys do. */
  readonly message: string | null
  /** When the message came. */
  readonly messageMs: number
}

/** Long enough to read a sentence. */
const MESSAGE_MS = 4_000

/** `state` at `nowMs`, which came after `before`: a new message counts from now, an old one goes. */
export function aged(before: WatchState, state: WatchState, nowMs: number): WatchState {
  const messageMs = state.message === before.message ? state.messageMs : nowMs
  const message = nowMs - messageMs < MESSAGE_MS ? state.message : null
  return { ...state, nowMs, message, messageMs }
}

/** The overview, before anything was read. */
export function firstState(
  given: Pick<WatchState, 'place' | 'program' | 'intervalMs' | 'look' | 'size' | 'nowMs'>,
): WatchState {
  return {
    ...given,
    overview: null,
    taskView: null,
    readingSinceMs: null,
    trouble: null,
    page: { name: 'overview' },
    chosen: null,
    question: null,
    prompt: null,
    message: null,
    messageMs: 0,
  }
}
