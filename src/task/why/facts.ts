// What has to be known to say why a task is not running. All times are seconds by the clock of the database.
import type { Status } from '../status.ts'
import type { TaskId } from '../task.ts'

export interface WhyFacts {
  readonly task: WhyTask
  /** The newest line of its history; null where it has none. */
  readonly last_event: WhyEvent | null
  /** The process that holds it, or that held it when it finished. */
  readonly owner: WhyOwner | null
  /** The row that pauses its queue: its own, or (null) the one of every queue. */
  readonly paused: { readonly queue: string | null; readonly since_seconds: number } | null
  /** Those that serve its queue and kind come first; bounded. */
  readonly processes: readonly WhyProcess[]
  /** By the live processes that have a handler of its kind; null: every queue. Bounded. */
  readonly queues_served: readonly string[] | null
  /** By the live processes, in whatever queue. Bounded. */
  readonly kinds_served: readonly string[]
  /** Who keeps it from being claimed, or from being retried where it has failed, by a lock; null: nobody. */
  readonly lock: WhyLock | null
  /** What is claimed before it; null where nobody claims it anyway. */
  readonly ahead: WhyAhead | null
}

export interface WhyTask {
  readonly id: TaskId
  readonly kind: string
  readonly queue: string
  readonly status: Status
  readonly priority: number
  readonly attempts: number
  readonly max_attempts: number
  readonly crashes: number
  readonly claim_number: number
  /** Not positive when it is due. */
  readonly due_in_seconds: number
  readonly claimed_seconds: number | null
  readonly finished_seconds: number | null
  readonly cancel_requested: boolean
  readonly error: string | null
}

interface WhyEvent {
  readonly event: 'log' | 'failed' | 'snoozed' | 'released' | 'rescued' | 'cancelled' | 'retried'
  readonly message: string
  readonly process: string | null
  readonly since_seconds: number
}

export interface WhyOwner {
  readonly name: string
  /** `gone`: its row was deleted. */
  readonly state: 'running' | 'draining' | 'stopped' | 'lost' | 'gone'
  readonly last_beat_seconds: number | null
  readonly lease_seconds: number | null
  /** Not positive when its lease is over. */
  readonly lease_left_seconds: number | null
}

export interface WhyProcess {
  readonly name: string
  readonly state: 'running' | 'draining'
  readonly serves_queue: boolean
  readonly serves_kind: boolean
  readonly workers: number
  /** As of its last beat. */
  readonly running: number
  readonly last_beat_seconds: number
  readonly lease_left_seconds: number
  readonly settled_per_second: number
  /** Deaths after which it puts a task in quarantine; one before that it runs it alone. */
  readonly crash_limit: number
  /** How many of the kind it holds at most, and how many it holds; null where the kind has no limit there. */
  readonly limit: number | null
  readonly held: number | null
  /** When it looks for work by itself, should nobody wake it; null where it does not sleep. */
  readonly wakes_in_seconds: number | null
}

export interface WhyLock {
  /** null: a prepared transaction, or one that ended meanwhile. */
  readonly pid: number | null
  readonly application: string | null
  readonly state: string | null
  /** Since its transaction began. */
  readonly since_seconds: number | null
  /** The whole table and not only the row. */
  readonly is_table: boolean
  /** Not even a look at the table gets through. */
  readonly is_exclusive: boolean
}

export interface WhyAhead {
  /** Due, of a larger priority, and claimed by every process that could claim this one. */
  readonly higher_priority: number
  /** Due earlier, in the same lane. */
  readonly earlier: number
  /** Counting ended here: a number that reaches it means so many or more. */
  readonly counted_to: number
}

/** It claims: it runs, it does not drain, and it is heard. */
export function isLive({ state, lease_left_seconds }: WhyProcess): boolean {
  return state === 'running' && lease_left_seconds > 0
}

/** It claims tasks of this queue and kind. */
export function isServing(process: WhyProcess): boolean {
  return isLive(process) && process.serves_queue && process.serves_kind
}
