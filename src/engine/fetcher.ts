// The fetcher: claims what the channel has room for, and decides when to look again.
// Polling is the truth; a notification is a hint that makes the next look come sooner.
import type { Emit } from '../task/events.ts'
import type { Lane, LanePosition, LaneStart } from '../task/lane.ts'
import type { Claim } from '../task/task.ts'
import { monotonicMs } from './clock.ts'
import { Lanes } from './lanes.ts'
import { Loop } from './loop.ts'

/** The first look after falling idle; each further one comes twice as late, up to the fetch interval. */
const FIRST_POLL_MS = 50
/** A claim whose answer was lost is found within this, however late it was committed. */
const STRAYS_EVERY_MS = 30_000

export interface FetcherParts {
  /** How many more tasks may be held now. */
  room(): number
  /** True while workers have something left to take from the channel. */
  hasWaiting(): boolean
  claim(limit: number, lanes: readonly LaneStart[]): Promise<{ claims: readonly Claim[]; positions: ReadonlyMap<string, LanePosition> }>
  readLanes(): Promise<Lane[]>
  /** Asks for notifications for the next `forMs`; the fetcher looks once more after it. */
  fallAsleep(forMs: number): Promise<void>
  wakeUp(): Promise<void>
  /** True when this process should make room to run a suspect alone. */
  isSuspectDue(): Promise<boolean>
  /** Claims one suspect; false where there is none. */
  claimSuspect(): Promise<boolean>
  holdsNothing(): boolean
  /** Gives back what the table says is ours and we do not know of. No claim is on its way while it runs. */
  releaseStrays(): Promise<void>
  /** Nothing is due: called once before each sleep. */
  onIdle(): Promise<void>
}

export interface FetcherOptions {
  fetchLimit: number
  /** The longest wait between two claims. */
  fetchIntervalMs: number
  emit: Emit
}

export class Fetcher {
  readonly #parts: FetcherParts
  readonly #options: FetcherOptions
  readonly #lanes = new Lanes()
  readonly #loop: Loop
  #isAsleep = false
  #waitsForRoom = false
  #idlePolls = 0
  /** Waits until nothing is held, to run a suspect alone; then until that has ended. */
  #clearsForSuspect = false
  #straysDueMs = 0

  constructor(parts: FetcherParts, options: FetcherOptions) {
    this.#parts = parts
    this.#options = options
    this.#loop = new Loop({ name: 'fetcher', tick: () => this.#tick(), emit: options.emit })
  }

  start(): void {
    this.#loop.start()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  /** There may be work: look now, and poll fast again for a while. */
  wake(): void {
    this.#idlePolls = 0
    this.#loop.wake()
  }

  /** A task has left the process. */
  roomMade(): void {
    const isWanted = this.#clearsForSuspect ? this.#parts.holdsNothing() : this.#wantedNow() > 0
    if (this.#waitsForRoom && isWanted) this.#loop.wake()
  }

  async #tick(): Promise<number> {
    if (monotonicMs() >= this.#straysDueMs) await this.#releaseStrays()
    if (this.#clearsForSuspect) return this.#runSuspect()
    const wanted = this.#wantedNow()
    this.#waitsForRoom = wanted === 0
    if (wanted === 0) return Number.POSITIVE_INFINITY
    // First the promise to look, then the look: whoever enqueues after it either is seen or sees us asleep.
    if (this.#isAsleep) await this.#parts.fallAsleep(this.#options.fetchIntervalMs)
    const claimed = await this.#look(wanted)
    if (this.#clearsForSuspect) return 0
    if (claimed > 0) this.#idlePolls = 0
    if (claimed === wanted) {
      this.#rouse()
      return 0
    }
    if (!this.#isAsleep) {
      this.#isAsleep = true
      return 0
    }
    await this.#parts.onIdle()
    const waitMs = this.#idleMs()
    this.#options.emit('fetch.idle', { waitMs })
    return waitMs
  }

  /** One suspect at a time, and nothing beside it: if the process dies now, it is known for what. */
  async #runSuspect(): Promise<number> {
    this.#waitsForRoom = true
    if (!this.#parts.holdsNothing()) return Number.POSITIVE_INFINITY
    this.#clearsForSuspect = await this.#parts.claimSuspect()
    return this.#clearsForSuspect ? Number.POSITIVE_INFINITY : 0
  }

  async #releaseStrays(): Promise<void> {
    await this.#parts.releaseStrays()
    this.#straysDueMs = monotonicMs() + STRAYS_EVERY_MS
  }

  /** Claims up to `wanted` and returns how many there were. */
  async #look(wanted: number): Promise<number> {
    if (this.#lanes.isStale(monotonicMs()) && this.#lanes.isKnown) await this.#refresh()
    const first = this.#lanes.isKnown ? await this.#claim(wanted) : 0
    if (first === wanted) return first
    // Less than there is room for: see which lanes there are now, and search them from the front.
    await this.#refresh()
    if (this.#clearsForSuspect || this.#lanes.dueInMs > 0) return first
    this.#lanes.sweep()
    return first + (await this.#claim(wanted - first))
  }

  async #claim(limit: number): Promise<number> {
    try {
      const { claims, positions } = await this.#parts.claim(limit, this.#lanes.plan(monotonicMs()))
      this.#lanes.note(positions)
      return claims.length
    } catch (thrown) {
      // It may have been committed, now or in a moment, and only its answer was lost.
      this.#straysDueMs = 0
      throw thrown
    }
  }

  async #refresh(): Promise<void> {
    this.#lanes.refresh(await this.#parts.readLanes(), monotonicMs())
    if (await this.#parts.isSuspectDue()) this.#clearsForSuspect = true
  }

  /** How many to claim now: none until a worth-while batch fits, unless the workers run dry. */
  #wantedNow(): number {
    const wanted = Math.min(this.#parts.room(), this.#options.fetchLimit)
    const worthWhile = Math.ceil(this.#options.fetchLimit / 2)
    return wanted >= worthWhile || !this.#parts.hasWaiting() ? Math.max(0, wanted) : 0
  }

  /** Under load nobody sleeps, so nobody who enqueues has to notify. */
  #rouse(): void {
    if (!this.#isAsleep) return
    this.#isAsleep = false
    this.#parts.wakeUp().catch(() => {})
  }

  /** With jitter, so that a fleet does not poll in step. */
  #idleMs(): number {
    const { fetchIntervalMs } = this.#options
    const pollMs = Math.min(fetchIntervalMs, FIRST_POLL_MS * 2 ** this.#idlePolls++) * (0.75 + 0.25 * Math.random())
    // What is due and was not claimed just now is in other hands: that is no reason to look sooner.
    const dueInMs = this.#lanes.dueInMs
    return dueInMs > 0 ? Math.min(pollMs, dueInMs) : pollMs
  }
}
