// What this process holds: every claim from the answer of the database until its settlement is written or lost.
import type { RunningTask } from '../db/beat.ts'
import type { Claim, TaskId } from '../task/task.ts'
import type { Run } from './run.ts'

/** So many runs are told with a beat. */
const MOST_RUNS = 20

export interface Holding {
  readonly claim: Claim
  /** Not after the claim, by the clock of the database: the last beat that was known when the claim was sent. */
  readonly sinceUs: number
  /** When it arrived here; monotonic. */
  readonly receivedMs: number
  /** Somebody wants it cancelled: a worker that takes it does not begin. */
  isCancelled: boolean
  /** How far its handler says it is, 0 to 1. */
  progress: number | null
  /** Set while a worker runs it. `startedMs` is monotonic. */
  running: { readonly worker: number; readonly startedMs: number; readonly run: Pick<Run, 'stop'> } | null
}

/**
 * A moment here (monotonic) by the clock of the database, in seconds since 1970; null where the claim has no time. All
 * moments of a claim are counted from it and from the arrival of its answer, so their order and distances are kept, whatever
 * was written when; each is early by as long as that answer took, and so never in the future.
 */
export function databaseSeconds({ claim, receivedMs }: Holding, ms: number): number | null {
  return claim.claimedAtS === null ? null : claim.claimedAtS + (ms - receivedMs) / 1000
}

export class Holdings {
  /** In the order in which they were claimed: the first one is the oldest. */
  readonly #held = new Map<TaskId, Holding>()
  readonly #kinds = new Map<string, number>()
  #asking = 0
  #askingSinceUs: number | null = null
  #unansweredSinceUs: number | null = null

  /** Held, or asked for and not answered. */
  get size(): number {
    return this.#held.size + this.#asking
  }

  get isEmpty(): boolean {
    return this.size === 0
  }

  /** A claim of up to `limit` is on its way. */
  ask(limit: number, sinceUs: number): void {
    this.#asking += limit
    this.#askingSinceUs ??= sinceUs
  }

  /** Its answer is here, or (null) lost. */
  answer(limit: number, claims: readonly Claim[] | null, nowMs: number): Holding[] {
    const sinceUs = this.#askingSinceUs ?? 0
    this.#asking -= limit
    if (this.#asking === 0) this.#askingSinceUs = null
    if (claims === null) this.#unansweredSinceUs ??= sinceUs
    const fresh = (claims ?? []).filter((claim) => !this.#isHeld(claim))
    return fresh.map((claim) => {
      const holding: Holding = {
        claim,
        sinceUs,
        receivedMs: nowMs,
        running: null,
        isCancelled: false,
        progress: null,
      }
      // A task that was lost and claimed again stands here once, in its new place.
      if (!this.#held.delete(claim.id)) this.#kinds.set(claim.kind, this.ofKind(claim.kind) + 1)
      this.#held.set(claim.id, holding)
      return holding
    })
  }

  /**
   * A crash of the server may undo a claim after its answer, and the next one is then given the same number: it is the
   * claim that is held already, and it runs.
   */
  #isHeld({ id, claimNumber, processId }: Claim): boolean {
    const held = this.#held.get(id)?.claim
    return held !== undefined && held.claimNumber === claimNumber && held.processId === processId
  }

  drop(claim: Claim): void {
    // The same task may have been lost and claimed again by this process: its older claim must not drop the newer one.
    if (this.#held.get(claim.id)?.claim !== claim) return
    this.#held.delete(claim.id)
    this.#kinds.set(claim.kind, this.ofKind(claim.kind) - 1)
  }

  /** What workers run now, in the order in which it was claimed. */
  running(): Holding[] {
    return [...this.#held.values()].filter((holding) => holding.running !== null)
  }

  /** What workers run for the longest time, the longest first. `nowUs` is the clock of the database, `nowMs` monotonic. */
  longest(nowUs: number, nowMs: number): RunningTask[] {
    const runs = this.running().flatMap(({ claim: { id, kind }, running }) =>
      running === null ? [] : [{ id, kind, ...running }],
    )
    return runs
      .sort((a, b) => a.startedMs - b.startedMs)
      .slice(0, MOST_RUNS)
      .map(({ id, kind, worker, startedMs }) => {
        return { id, kind, worker, since_us: Math.round(nowUs - (nowMs - startedMs) * 1000) }
      })
  }

  claims(): Claim[] {
    return [...this.#held.values()].map(({ claim }) => claim)
  }

  /** How many tasks of this kind are held. */
  ofKind(kind: string): number {
    return this.#kinds.get(kind) ?? 0
  }

  find(id: TaskId): Holding | undefined {
    return this.#held.get(id)
  }

  ids(): TaskId[] {
    return [...this.#held.keys()]
  }

  /** Whatever a lost answer may have brought has been looked for, often and late enough. */
  forgetUnanswered(): void {
    this.#unansweredSinceUs = null
  }

  /** Of claims whose answer was lost, which may be ours without our knowing, none is older; null where there is none. */
  get unansweredSinceUs(): number | null {
    return this.#unansweredSinceUs
  }

  /** No claim of this process is older; null when it holds none. It bounds the search after its death. */
  get claimsSinceUs(): number | null {
    const [oldest] = this.#held.values()
    const bounds = [oldest?.sinceUs ?? null, this.#askingSinceUs, this.#unansweredSinceUs].filter(
      (us) => us !== null,
    )
    return bounds.length === 0 ? null : Math.min(...bounds)
  }
}
