// Looks at the table again and again, and says of each look what is new in it.
import { beginChanges, type Change, type ChangesCursor, readChanges } from '../../db/changes.ts'
import type { Pool } from '../../db/pool.ts'
import type { TaskId } from '../../task/task.ts'
import type { ApiLimits } from '../options.ts'

/** By the clock of the database, in microseconds since 1970: so a client can go on with another process of the fleet. */
export type Position = number

/** What one look found. */
export interface Look {
  readonly at: Position
  /** Newest first. */
  readonly tasks: readonly Change[]
  /** More has changed than is listed. */
  readonly more: boolean
}

export class Watcher {
  readonly #pool: Pool
  readonly #limits: ApiLimits
  #cursor: ChangesCursor | undefined
  /** What the last look told and what the one before did: what is read twice is told once. */
  #told: [ReadonlyMap<TaskId, string>, ReadonlyMap<TaskId, string>] = [new Map(), new Map()]

  constructor(pool: Pool, limits: ApiLimits) {
    this.#pool = pool
    this.#limits = limits
  }

  /** Up to where the table has been looked at. */
  get at(): Position {
    return this.#cursor?.atUs ?? 0
  }

  /** What is there by now is not news. */
  async begin(): Promise<void> {
    this.#cursor = await beginChanges(this.#pool, this.#limits.eventRunning)
    await this.look()
  }

  async look(): Promise<Look> {
    const before = this.#cursor
    if (before === undefined) throw new Error('look before begin')
    const { changes, gone, taskId, logId, atUs } = await readChanges(
      this.#pool,
      before,
      this.#limits.eventTasks,
    )
    this.#cursor = { taskId, logId, atUs, running: this.#stillRunning(before.running, changes, gone) }
    const news = this.#withoutTold(changes)
    const tasks = news.slice(0, this.#limits.eventTasks)
    return { at: atUs, tasks, more: changes.length >= this.#limits.eventTasks }
  }

  #withoutTold(changes: readonly Change[]): Change[] {
    const [last, before] = this.#told
    this.#told = [new Map(changes.map((change) => [change.id, signature(change)])), last]
    return changes.filter((change) => (last.get(change.id) ?? before.get(change.id)) !== signature(change))
  }

  #stillRunning(before: readonly TaskId[], changes: readonly Change[], gone: readonly TaskId[]): TaskId[] {
    const running = new Set(before)
    for (const id of gone) running.delete(id)
    for (const { id, status } of changes) {
      if (status === 'in_progress') running.add(id)
      else running.delete(id)
    }
    return [...running].slice(-this.#limits.eventRunning)
  }
}

function signature({ status, claim_number, updated_at }: Change): string {
  return `${status} ${claim_number} ${updated_at}`
}
