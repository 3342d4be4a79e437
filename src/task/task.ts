// What a task is: as a document (the same on the command line and over HTTP), as a claim, and as new work.
import type { Status } from './status.ts'

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }

/** A number while it is exact (up to 2^53 - 1), else the same digits as a string. */
export type TaskId = number | string

/** A task as every reading command and every HTTP answer shows it. Times are ISO 8601 in UTC. */
export interface TaskDocument {
  id: TaskId
  kind: string
  queue: string
  status: Status
  payload: JsonValue
  priority: number
  attempts: number
  max_attempts: number
  crashes: number
  claim_number: number
  run_at: string
  /** The name of the process that holds it, or that held it when it finished. */
  claimed_by: string | null
  claimed_at: string | null
  finished_at: string | null
  result: JsonValue
  error: string | null
  unique_key: string | null
  created_at: string
  updated_at: string
}

/** A task in the hands of this process. `id` and `claimNumber` together prove the ownership. */
export interface Claim {
  readonly id: TaskId
  readonly claimNumber: number
  /** The row in `processes` that owns it. */
  readonly processId: TaskId
  readonly queue: string
  readonly kind: string
  readonly payload: JsonValue
  /** 1 for the first attempt: the one that this claim is for is counted. */
  readonly attempt: number
  readonly maxAttempts: number
  /** How often a process died with this task in its hands. */
  readonly crashes: number
  readonly timeoutMs: number | null
  /** The first delay after a failure, where the task itself names one. */
  readonly backoffMs: number | null
  /** From `run_at` to the claim, by the clock of the database. */
  readonly waitedMs: number
  /** When it was claimed, by the clock of the database, in seconds since 1970; null where nobody here asked for it. */
  readonly claimedAtS: number | null
  /** The W3C `traceparent` of who enqueued it. */
  readonly trace: string | null
}

/** A task to be inserted; what is left out gets the default of the table. */
export interface NewTask {
  kind: string
  payload?: JsonValue
  queue?: string
  priority?: number
  /** From now, by the clock of the database. */
  delayMs?: number
  /** ISO 8601 with a zone; wins over `delayMs`. */
  runAt?: string
  maxAttempts?: number
  uniqueKey?: string
  timeoutMs?: number
  backoffMs?: number
  /** The W3C `traceparent` of who enqueues it. */
  trace?: string
}

/** The text of a bigint as a TaskId. */
export function taskId(digits: string): TaskId {
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : digits
}
