// The fetcher: claims what the channel has room for, and decides when to look again.
// Polling is the truth; a notification is a hint that makes the next look come sooner.
import type { Emit } from '../task/events.ts'
import type { Lane, LanePosition, LaneStart } from '../task/lane.ts'
import type { Claim } from '../task/task.ts'
import { Clearing, type ClearingParts } from './clearing.ts'
import { monotonicMs } from './clock.ts'
import { Lanes } from './lanes.ts'
import { Loop } from './loop.ts'
import { StrayLooks } from './stray-looks.ts'

/** The first look after falling idle; each further one comes twice as late, up to the fetch interval. */
const FIRST_POLL_MS = 50
/** So many at once came faster than notifications, each of which takes a lock that all commits share: polling is cheaper now. */
const MANY = 2
const MANY_POLL_MS = 4
/**
 * How often it looks whether there is room, should nobody say so: a lease that was nearly over, and was renewed in time,
 * takes the room away and gives it back without a word.
 */
const ROOM_LOOK_MS = 1_000

/** It asks for notifications for so many fetch intervals at once: an idle process should hardly say anything. */
const PROMISED_INTERVALS = 4

export interface FetcherParts extends ClearingParts {
  /** How many more tasks may be held now. */
  room(): number
  /** How many more of this kind may be held; Infinity where the kind has no limit. */
  kindRoom(kind: string): number
  /** True while workers have something left to take from the channel. */
  hasWaiting(): boolean
  claim(
    limit: number,
    lanes: readonly LaneStart[],
  ): Promise<{ claims: readonly Claim[]; positions: ReadonlyMap<string, LanePosition> }>
  readLanes(): Promise<Lane[]>
  /** Asks for notifications for the next `forMs`; the fetcher looks once more after it. */
  fallAsleep(forMs: number): Promise<void>
  wakeUp(): Promise<void>
  /**
   * Gives back what the table says is ours and we do not know of. No claim is on its way while it runs. `isLast`: after
   * it nothing can turn up any more.
   */
  releaseStrays(isLast: boolean): Promise<void>
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
  /** Until then notifications are asked for. */
  #promisedUntilMs = 0
  /** Somebody says that there may be work. */
  #isHinted = false
  #waitsForRoom = false
  #idlePolls = 0
  readonly #clearing: Clearing
  readonly #strayLooks: StrayLooks
  #sleepEndsMs = 0
  /** Halved by each claim that fails: what is too large to arrive in time must not be asked for again and again. */
  #limit: number
  /** When the first of those is due that went back since the tick began: it may have looked too early to see them. */
  #dueMs = Number.POSITIVE_INFINITY

  constructor(parts: FetcherParts, options: FetcherOptions) {
    this.#parts = parts
    this.#limit = options.fetchLimit
    this.#options = options
    this.#clearing = new Clearing({
      isSuspectDue: parts.isSuspectDue,
      holdsNothing: parts.holdsNothing,
      claimSuspect: () => this.#claimed(parts.claimSuspect),
    })
    this.#strayLooks = new StrayLooks(parts.releaseStrays)
    const tick = async () => Math.min(await this.#tick(), this.#strayLooks.untilNextMs)
    this.#loop = new Loop({ name: 'fetcher', tick, emit: options.emit })
  }

  start(): void {
    this.#loop.start()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  /** There may be work: look now, and poll fast again for a while. */
  wake(): void {
    this.#isHinted = true
    // Whatever it is about, the process may have a new row by now.
    this.#promisedUntilMs = 0
    this.#idlePolls = 0
    this.#loop.wake()
  }

  /** A task of ours is pending again and due after `delayMs`: no sleep must last longer. */
  dueIn(delayMs: number): void {
    const dueMs = monotonicMs() + delayMs
    this.#dueMs = Math.min(this.#dueMs, dueMs)
    if (dueMs < this.#sleepEndsMs) this.#loop.wake()
  }

  /** A task has left the process. */
  roomMade(): void {
    const isWanted = this.#clearing.isOn ? this.#parts.holdsNothing() : this.#wantedNow() > 0
    if (this.#waitsForRoom && isWanted) this.#loop.wake()
  }

  async #tick(): Promise<number> {
    this.#dueMs = Number.POSITIVE_INFINITY
    await this.#strayLooks.lookIfDue()
    if (this.#clearing.isOn) {
      this.#waitsForRoom = true
      return this.#clearing.step()
    }
    const wanted = this.#wantedNow()
    this.#waitsForRoom = wanted === 0
    if (wanted === 0) return ROOM_LOOK_MS
    const hinted = await this.#followHint(wanted)
    if (hinted >= MANY) return this.#stayAwake(hinted === wanted)
    // First the promise to look, then the look: whoever enqueues after it either is seen or sees us asleep.
    const asleep = this.#isAsleep && hinted < wanted ? await failureOf(this.#promise()) : undefined
    const claimed = hinted + (hinted < wanted ? await this.#look(wanted - hinted) : 0)
    // A hint that cannot be asked for must not keep us from looking.
    if (asleep !== undefined) throw asleep.thrown
    if (this.#clearing.isOn) return 0
    if (claimed > 0) this.#idlePolls = 0
    if (claimed === wanted || claimed >= MANY) return this.#stayAwake(claimed === wanted)
    if (!this.#isAsleep) {
      this.#isAsleep = true
      return 0
    }
    await this.#parts.onIdle()
    const nowMs = monotonicMs()
    const waitMs = Math.min(this.#idleMs(), Math.max(0, this.#dueMs - nowMs))
    this.#options.emit('fetch.idle', { waitMs })
    this.#sleepEndsMs = nowMs + waitMs
    return waitMs
  }

  /** Renewed in time: at no moment of the sleep that follows is it over. */
  async #promise(): Promise<void> {
    const { fetchIntervalMs } = this.#options
    const askedMs = monotonicMs()
    if (this.#promisedUntilMs - askedMs > fetchIntervalMs) return
    const forMs = PROMISED_INTERVALS * fetchIntervalMs
    await this.#parts.fallAsleep(forMs)
    this.#promisedUntilMs = askedMs + forMs
  }

  /** The short way from a hint to a start: one claim, before anything is looked up. Returns how many there were. */
  async #followHint(wanted: number): Promise<number> {
    const isHinted = this.#isAsleep && this.#isHinted
    this.#isHinted = false
    if (!isHinted) return 0
    return this.#claim(wanted, this.#lanes.planRemembered(monotonicMs(), this.#parts.kindRoom))
  }

  /** Passes on what `ask` gives. If it fails, the claim may have been committed, now or in a moment, and its answer lost. */
  async #claimed<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await ask()
      this.#limit = Math.min(this.#options.fetchLimit, this.#limit * 2)
      return answer
    } catch (thrown) {
      this.#limit = Math.max(1, Math.floor(this.#limit / 2))
      this.#strayLooks.answerLost()
      throw thrown
    }
  }

  /** Claims up to `wanted` and returns how many there were. */
  async #look(wanted: number): Promise<number> {
    if (this.#lanes.isStale(monotonicMs()) && this.#lanes.isKnown) await this.#refresh()
    if (this.#clearing.isOn) return 0
    const first = this.#lanes.isKnown ? await this.#claim(wanted, this.#plan()) : 0
    if (first === wanted) return first
    // Less than there is room for: see which lanes there are now, and search them from the front.
    await this.#refresh()
    if (this.#clearing.isOn || !this.#lanes.isAnyDue) return first
    this.#lanes.sweep()
    return first + (await this.#claim(wanted - first, this.#plan()))
  }

  #plan(): LaneStart[] {
    return this.#lanes.plan(monotonicMs(), this.#parts.kindRoom)
  }

  async #claim(limit: number, lanes: readonly LaneStart[]): Promise<number> {
    if (lanes.length === 0) return 0
    const { claims, positions } = await this.#claimed(() => this.#parts.claim(limit, lanes))
    this.#lanes.note(positions)
    return claims.length
  }

  async #refresh(): Promise<void> {
    const askedMs = monotonicMs()
    const lanes = await this.#parts.readLanes()
    const nowMs = monotonicMs()
    this.#lanes.refresh(lanes, nowMs, nowMs - askedMs)
    await this.#clearing.look()
  }

  /** How many to claim now: none until a worth-while batch fits, unless the workers run dry. */
  #wantedNow(): number {
    const wanted = Math.min(this.#parts.room(), this.#limit)
    const worthWhile = Math.ceil(this.#limit / 2)
    return wanted >= worthWhile || !this.#parts.hasWaiting() ? Math.max(0, wanted) : 0
  }

  /** Under load nobody sleeps, so nobody who enqueues has to notify. Returns when to look: there is more, or will be in a moment. */
  async #stayAwake(isFull: boolean): Promise<number> {
    const wasAsleep = this.#isAsleep
    this.#isAsleep = false
    this.#promisedUntilMs = 0
    if (wasAsleep) await failureOf(this.#parts.wakeUp())
    return isFull ? 0 : MANY_POLL_MS
  }

  /** With jitter, so that a fleet does not poll in step. */
  #idleMs(): number {
    const { fetchIntervalMs } = this.#options
    const pollMs =
      Math.min(fetchIntervalMs, FIRST_POLL_MS * 2 ** this.#idlePolls++) * (0.75 + 0.25 * Math.random())
    // What is due and was not claimed just now is in other hands: that is no reason to look sooner.
    return Math.min(pollMs, this.#lanes.nextDueInMs)
  }
}

/** What a promise rejected with, or undefined. */
function failureOf(promise: Promise<void>): Promise<{ thrown: unknown } | undefined> {
  return promise.then(
    () => undefined,
    (thrown: unknown) => ({ thrown }),
  )
}
