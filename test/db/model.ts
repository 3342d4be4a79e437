// The status table of the design, in memory: what each verb makes of each row. The property test compares it with the database.
import type { Settlement } from '../../src/task/settlement.ts'
import type { Status } from '../../src/task/status.ts'
import type { Claim, TaskId } from '../../src/task/task.ts'

export const CRASH_LIMIT = 3

/** What the model knows of a row; `isDue` stands for its run_at, which is now or in an hour. */
export interface ModelRow {
  readonly id: TaskId
  readonly priority: number
  readonly maxAttempts: number
  readonly uniqueKey: string | null
  status: Status
  attempts: number
  crashes: number
  claimNumber: number
  owner: TaskId | null
  isDue: boolean
  result: string | null
  error: string | null
  cancelRequested: boolean
  /** How many lines history has of it. */
  logs: number
}

type Finished = Record<'done' | 'error' | 'cancelled', number>

export type Task = Pick<ModelRow, 'priority' | 'maxAttempts' | 'uniqueKey' | 'isDue'>

export class Model {
  readonly rows = new Map<TaskId, ModelRow>()
  /** What other verbs than settle changed in the number of finished tasks. */
  readonly tallies: Finished = { done: 0, error: 0, cancelled: 0 }

  /** How many lines history has. */
  get logs(): number {
    return this.#all().reduce((sum, { logs }) => sum + logs, 0)
  }

  /** Does what a verb that is not settle does, and keeps the tallies. */
  otherwise<Answer>(act: () => Answer): Answer {
    const before = this.#finished()
    const answer = act()
    const after = this.#finished()
    for (const status of ['done', 'error', 'cancelled'] as const)
      this.tallies[status] += after[status] - before[status]
    return answer
  }

  #finished(): Finished {
    const count = (status: Status) => this.#all().filter((row) => row.status === status).length
    return { done: count('done'), error: count('error'), cancelled: count('cancelled') }
  }

  /** Whether `uniqueKey` lets a task in. */
  isFree(uniqueKey: string | null): boolean {
    return uniqueKey === null || !this.#all().some((row) => row.uniqueKey === uniqueKey && isLive(row))
  }

  add(id: TaskId, task: Task): void {
    const blank = { attempts: 0, crashes: 0, claimNumber: 0, owner: null, result: null, error: null, logs: 0 }
    this.rows.set(id, { id, ...task, ...blank, status: 'pending', cancelRequested: false })
  }

  /** The ids of what is claimed, in their order. Everything that is due has the same run_at. */
  claim(process: TaskId, limit: number, isSuspect: boolean): TaskId[] {
    const due = this.#all().filter((row) => row.status === 'pending' && row.isDue)
    const wanted = due.filter((row) => row.crashes >= CRASH_LIMIT - 1 === isSuspect)
    wanted.sort((a, b) => (isSuspect ? 0 : b.priority - a.priority) || Number(a.id) - Number(b.id))
    const claimed = wanted.slice(0, limit)
    for (const row of claimed) {
      Object.assign(row, { status: 'in_progress', owner: process, attempts: row.attempts + 1 })
      row.claimNumber += 1
    }
    return claimed.map(({ id }) => id)
  }

  /** Whether the settlement is written. */
  settle(claim: Claim, settlement: Settlement): boolean {
    const row = this.rows.get(claim.id)
    if (row === undefined || !isHeld(row, claim)) return false
    if (settlement.verb !== 'complete') row.logs += 1
    if ('error' in settlement) row.error = settlement.error
    if ('delayMs' in settlement) row.isDue = settlement.delayMs === 0
    if (settlement.verb === 'complete')
      Object.assign(row, { status: 'done', result: settlement.result, error: null })
    else if (settlement.verb === 'fail') row.status = 'error'
    else if (settlement.verb === 'cancel')
      Object.assign(row, { status: 'cancelled', error: settlement.reason })
    else {
      if (settlement.verb !== 'retry') row.attempts -= 1
      goBack(row)
    }
    return true
  }

  cancel(id: TaskId): 'cancelled' | 'requested' | 'finished' {
    const row = this.#row(id)
    if (!isLive(row)) return 'finished'
    if (!row.cancelRequested) row.logs += 1
    row.cancelRequested = true
    if (row.status === 'in_progress') return 'requested'
    row.status = 'cancelled'
    return 'cancelled'
  }

  retry(id: TaskId): 'retried' | 'refused' {
    const row = this.#row(id)
    if (row.status !== 'error' && row.status !== 'cancelled') return 'refused'
    if (!this.isFree(row.uniqueKey)) return 'refused'
    row.logs += 1
    const blank = { attempts: 0, crashes: 0, owner: null, isDue: true, cancelRequested: false }
    Object.assign(row, blank, { status: 'pending' })
    return 'retried'
  }

  /** Whether it is gone. */
  prune(id: TaskId): boolean {
    return !isLive(this.#row(id)) && this.rows.delete(id)
  }

  /** The process died, and what it held is rescued. Returns the ids of that. */
  die(process: TaskId): TaskId[] {
    return this.#give(process, (row) => {
      row.crashes += 1
      if (row.crashes < CRASH_LIMIT) return goBack(row)
      row.status = row.cancelRequested ? 'cancelled' : 'error'
      row.error = 'quarantined'
    })
  }

  /** The process gives back what it does not know of. Returns the ids of that. */
  releaseStrays(process: TaskId, held: readonly TaskId[]): TaskId[] {
    return this.#give(process, (row) => goBack(row), held)
  }

  #give(process: TaskId, how: (row: ModelRow) => void, without: readonly TaskId[] = []): TaskId[] {
    const given = this.#all().filter(
      (row) => row.status === 'in_progress' && row.owner === process && !without.includes(row.id),
    )
    for (const row of given) {
      row.logs += 1
      row.attempts -= 1
      how(row)
    }
    return given.map(({ id }) => id)
  }

  #all(): ModelRow[] {
    return [...this.rows.values()]
  }

  #row(id: TaskId): ModelRow {
    const row = this.rows.get(id)
    if (row === undefined) throw new Error(`no task ${id} in the model`)
    return row
  }
}

function isLive(row: ModelRow): boolean {
  return row.status === 'pending' || row.status === 'in_progress'
}

function isHeld(row: ModelRow, claim: Claim): boolean {
  return (
    row.status === 'in_progress' && row.claimNumber === claim.claimNumber && row.owner === claim.processId
  )
}

/** To pending, or to cancelled where somebody wants that. */
function goBack(row: ModelRow): void {
  if (row.cancelRequested) row.status = 'cancelled'
  else Object.assign(row, { status: 'pending', owner: null })
}
