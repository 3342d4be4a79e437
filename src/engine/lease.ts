// The lease: joins the fleet, keeps the lease alive, and stops this process from working when it may have lost it.
import type { Beat } from '../db/beat.ts'
import type { Joined } from '../db/processes.ts'
import type { TaskId } from '../task/task.ts'
import { Beats, type BeatsOptions } from './beats.ts'
import { monotonicMs } from './clock.ts'
import { Loop } from './loop.ts'

/**
 * The share of the lease that is kept in reserve: what runs is aborted when this much is left. It pays for the answer
 * of the last beat, the next look at the clock, and for handlers to hear their signal before others may claim.
 */
const RESERVE_SHARE = 0.2
/** How often the clock is looked at, as a share of the lease; at most once a second. */
const LOOK_SHARE = 1 / 15
const LONGEST_LOOK_MS = 1_000

/** What a beat tells; `claimsSinceUs` is null with nothing in hand. */
export type LeaseSnapshot = Omit<Beat, 'claimsSinceUs'> & { claimsSinceUs: number | null }

export interface LeaseParts {
  /** Registers the process and returns its row's id and the database's clock. */
  join(): Promise<Joined>
  /** `nowUs` is the clock of the database. */
  snapshot(nowUs: number): LeaseSnapshot
  /**
   * The row is dead, and nothing is counted for it any more. The answer writes its last counters; safe twice, since it
   * is called until another row has taken its place.
   */
  leave(processId: TaskId, nowUs: number): () => Promise<void>
  /** Stop all work now: in a moment it may be claimed by others. */
  onFenced(): void
  /** The lease is held again, under this or under a new row. */
  onHeld(): void
}

export class Lease {
  readonly #parts: LeaseParts
  readonly #options: Omit<BeatsOptions, 'processId' | 'joinedAtUs'>
  readonly #loop: Loop
  #beats: Beats | undefined
  #processId: TaskId = 0
  #leave: (() => Promise<void>) | undefined
  #isFenced = false

  constructor(parts: LeaseParts, options: Omit<BeatsOptions, 'processId' | 'joinedAtUs'>) {
    this.#parts = parts
    this.#options = options
    this.#loop = new Loop({ name: 'lease', tick: () => this.#tick(), emit: options.emit })
  }

  get processId(): TaskId {
    return this.#processId
  }

  /**
   * While true nothing may be claimed or begun. It looks at the clock, not only at what the last tick found: after a
   * handler has blocked the event loop, others go on before any timer does.
   */
  get isFenced(): boolean {
    return this.#isFenced || this.#isNearlyOver()
  }

  /** Since the last beat that counted was sent; null while there is no row to beat for. */
  get beatAgeMs(): number | null {
    return this.#beats === undefined ? null : monotonicMs() - this.#beats.lastSentMs
  }

  /** By the clock of the database, in microseconds since 1970, not later than now: what is claimed from now on is claimed after it. */
  get sinceUs(): number {
    return this.#beats?.lastAtUs ?? 0
  }

  /** The clock of the database now, as far as the last beat tells: never ahead of it, in microseconds since 1970. */
  get nowUs(): number {
    return this.#beats?.nowUs ?? 0
  }

  /** Joins and begins to beat. Throws what `join` throws. */
  async start(): Promise<void> {
    await this.#join()
    this.#loop.start()
  }

  async stop(): Promise<void> {
    await this.#loop.stop()
    await this.#beats?.stop()
  }

  async #tick(): Promise<number> {
    const { leaseMs, emit } = this.#options
    const beats = this.#beats
    if (beats === undefined || beats.isLost) {
      await this.#rejoin(beats)
    } else {
      beats.tell(this.#beat())
      if (this.#isNearlyOver()) this.#fence()
      else if (this.#isFenced) {
        this.#isFenced = false
        emit('lease.restored', {})
        this.#parts.onHeld()
      }
    }
    return Math.min(LONGEST_LOOK_MS, leaseMs * LOOK_SHARE)
  }

  #isNearlyOver(): boolean {
    const { leaseMs } = this.#options
    const leftMs = (this.#beats?.lastSentMs ?? 0) + leaseMs - monotonicMs()
    return leftMs < leaseMs * RESERVE_SHARE
  }

  #fence(): void {
    if (this.#isFenced) return
    this.#isFenced = true
    this.#parts.onFenced()
  }

  /** The row is dead. Its claims are given up, and the process goes on under a new row. */
  async #rejoin(old: Beats | undefined): Promise<void> {
    this.#fence()
    await old?.stop()
    this.#leave ??= this.#parts.leave(this.#processId, this.nowUs)
    this.#beats = undefined
    await this.#leave()
    await this.#join()
    this.#leave = undefined
    this.#isFenced = false
    this.#options.emit('lease.lost', { processId: this.#processId })
    this.#parts.onHeld()
  }

  async #join(): Promise<void> {
    const { id, atUs } = await this.#parts.join()
    this.#processId = id
    this.#beats = new Beats(
      { ...this.#options, processId: id, joinedAtUs: atUs },
      { ...this.#parts.snapshot(atUs), claimsSinceUs: atUs },
    )
  }

  /** With nothing in hand the bound is the last beat that is known here: whatever is claimed next is claimed after it. */
  #beat() {
    const snapshot = this.#parts.snapshot(this.nowUs)
    return { ...snapshot, claimsSinceUs: snapshot.claimsSinceUs ?? this.sinceUs }
  }
}
