// What this process holds: every claim from the answer of the database until its settlement is written or lost.
import type { Claim, TaskId } from '../task/task.ts'
import type { StopReason } from './run.ts'

export interface Holding {
  readonly claim: Claim
  /** Not after the claim, by the clock of the database: the last beat that was known when the claim was sent. */
  readonly since: string
  /** When it arrived here; monotonic. */
  readonly receivedMs: number
  /** Somebody wants it cancelled: a worker that takes it does not begin. */
  isCancelled: boolean
  /** Set while a worker runs it. `startedMs` is monotonic. */
  running: { readonly worker: number; readonly startedMs: number; stop(reason: StopReason): void } | null
}

export class Holdings {
  /** In the order in which they were claimed: the first one is the oldest. */
  readonly #held = new Map<TaskId, Holding>()
  #asking = 0
  #askingSince: string | null = null

  /** Held, or asked for and not answered. */
  get size(): number {
    return this.#held.size + this.#asking
  }

  get isEmpty(): boolean {
    return this.size === 0
  }

  /** A claim of up to `limit` is on its way. */
  ask(limit: number, since: string): void {
    this.#asking += limit
    this.#askingSince ??= since
  }

  /** Its answer, or none, is here. */
  answer(limit: number, claims: readonly Claim[], nowMs: number): Holding[] {
    const since = this.#askingSince ?? '-infinity'
    this.#asking -= limit
    if (this.#asking === 0) this.#askingSince = null
    return claims.map((claim) => {
      const holding: Holding = { claim, since, receivedMs: nowMs, running: null, isCancelled: false }
      this.#held.set(claim.id, holding)
      return holding
    })
  }

  drop(claim: Claim): void {
    // The same task may have been lost and claimed again by this process: its older claim must not drop the newer one.
    if (this.#held.get(claim.id)?.claim === claim) this.#held.delete(claim.id)
  }

  /** What workers run now, the longest-running first. */
  running(): Holding[] {
    return [...this.#held.values()].filter((holding) => holding.running !== null)
  }

  find(id: TaskId): Holding | undefined {
    return this.#held.get(id)
  }

  ids(): TaskId[] {
    return [...this.#held.keys()]
  }

  /** No claim of this process is older; null when it holds none. What is held bounds the search after its death. */
  get claimsSince(): string | null {
    for (const holding of this.#held.values()) return holding.since
    return this.#askingSince
  }
}
