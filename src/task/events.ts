// Everything that happens in a process, as one type map. One listener (telemetry/observe) makes log lines and metrics of it.
import type { Outcome } from './outcome.ts'
import type { Settlement } from './settlement.ts'
import type { Claim, TaskId } from './task.ts'

export interface Events {
  'process.started': {
    name: string
    workers: number
    queues: readonly string[] | null
    kinds: readonly string[]
  }
  'process.stopped': { name: string; totals: Totals; ranMs: number }
  'claim.taken': { claims: readonly Claim[]; tookMs: number }
  /** `waitedMs`: since the task was due. */
  'run.started': { claim: Claim; worker: number; waitedMs: number }
  'run.finished': { claim: Claim; worker: number; outcome: Outcome; tookMs: number }
  /** A batch of outcomes was sent and answered; what became of each follows. */
  'settle.batch': { outcomes: number; tookMs: number }
  /** Written to the row and committed. */
  'settle.written': { claim: Claim; settlement: Settlement }
  /** The claim was no longer ours; nothing was written. */
  'settle.lost': { claim: Claim; settlement: Settlement }
  /** This process claimed tasks for a remote worker; `waitedMs` of each: since it was due. */
  'remote.claimed': { waitedMs: readonly number[]; tookMs: number }
  /** It wrote what a remote worker made of its claims. */
  'remote.settled': { runs: readonly RemoteRun[]; tookMs: number }
  /** The claim of a remote worker was not its own any more; nothing was written. */
  'remote.refused': { tookMs: number }
  'fetch.idle': { waitMs: number }
  'drain.started': { running: number; waiting: number; timeoutMs: number }
  /** `aborted`: running tasks that were stopped and given back. `unsettled`: claims whose outcome could not be written. */
  'drain.finished': { aborted: number; timedOut: boolean; unsettled: number }
  /** The lease could not be renewed: nothing is claimed, what ran is aborted, before others may claim it. */
  'lease.fenced': { aborted: number; waiting: number }
  'lease.restored': Record<never, never>
  /** Others declared this process lost; it goes on under a new row. */
  'lease.lost': { processId: TaskId }
  /** The main thread was silent for so long that its lease is not renewed any more. */
  'lease.uncovered': { silentMs: number }
  /** This process found others silent for longer than their lease. */
  'process.lost': { names: readonly string[] }
  'rescue.done': { pending: number; error: number; cancelled: number }
  /** What this process deleted since it last said so, because it is older than the retention time. */
  'prune.done': { tasks: number; processes: number; logs: number }
  /** Claims whose answer never came, given back. */
  'strays.released': { ids: readonly TaskId[] }
  'cancel.heard': { claim: Claim }
  /** This process enqueued the tick of a schedule (ISO 8601). `id` is null where a live task has its key already. */
  'schedule.ticked': { name: string; id: TaskId | null; tickAt: string; nextAt: string | null }
  'listen.connected': Record<never, never>
  /** Connected, but no notification arrives: there is a transaction pooler in the way. */
  'listen.deaf': Record<never, never>
  /** A request was answered to its end. `route` is its path with the names of its parameters; null where there is none. */
  'http.answered': { method: string; route: string | null; status: number; tookMs: number }
  /** A part of the engine could not do its work and will try again after `retryMs`. */
  'part.failed': { part: string; error: string; retryMs: number }
  'part.recovered': { part: string }
}

export type EventName = keyof Events

/** Says that something happened. Never throws, and never waits. */
export type Emit = <Name extends EventName>(name: Name, event: Events[Name]) => void

interface RemoteRun {
  kind: string
  outcome: Outcome['type']
  /** What it is counted as. */
  total: keyof Totals
  /** Since its claim; null where it was given back, and perhaps never run. */
  ranMs: number | null
}

/** What a process did since it started. `lost` counts outcomes that were refused by the fence. */
export interface Totals {
  claimed: number
  done: number
  retried: number
  failed: number
  snoozed: number
  released: number
  cancelled: number
  lost: number
}
