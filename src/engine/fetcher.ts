// The fetcher: claims what the channel has room for, and decides when to look again.
// Polling is the truth; a notification is a hint that makes the next look come sooner.
import type { Emit } from '../task/events.ts'
import { monotonicMs } from './clock.ts'
import { type Hint, Hints } from './hints.ts'
import { Loop } from './loop.ts'
import { MANY, Search, type SearchParts } from './search.ts'
import { Sleep, type SleepParts } from './sleep.ts'

/** The first look after falling idle; each further one comes twice as late, up to the fetch interval. */
const FIRST_POLL_MS = 50
/**
 * From the beginning of a claim that gives MANY to that of the next: notifications would cost more, each of them takes a lock
 * that all commits share. A pause after each claim would make tasks wait for it on top of a claim that takes long.
 */
const MANY_EVERY_MS = 6
/**
 * How often it looks whether there is room, should nobody say so: a lease that was nearly over, and was renewed in time,
 * takes the room away and gives it back without a word.
 */
const ROOM_LOOK_MS = 1_000

export interface FetcherParts extends SearchParts, SleepParts {
  /** How many more tasks may be held now. */
  room(): number
  /** True while workers have something left to take from the channel. */
  hasWaiting(): boolean
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
  readonly #search: Search
  readonly #sleep: Sleep
  readonly #loop: Loop
  readonly #hints = new Hints()
  #waitsForRoom = false
  #idlePolls = 0
  #sleepEndsMs = 0
  /** When the first of those is due that went back since the tick began: it may have looked too early to see them. */
  #dueMs = Number.POSITIVE_INFINITY

  constructor(parts: FetcherParts, options: FetcherOptions) {
    this.#parts = parts
    this.#options = options
    this.#search = new Search(parts, options.fetchLimit)
    this.#sleep = new Sleep(parts, options.fetchIntervalMs)
    const tick = async () => Math.min(await this.#tick(), this.#search.strayLooks.untilNextMs)
    this.#loop = new Loop({ name: 'fetcher', tick, emit: options.emit })
  }

  start(): void {
    this.#loop.start()
  }

  async stop(): Promise<void> {
    await this.#loop.stop()
    await this.#search.looks.ended()
  }

  /** There may be work, anywhere: look now, and poll fast again for a while. */
  wake(): void {
    this.#hints.anywhere()
    this.#wake()
  }

  /** There may be new work in this queue. */
  wakeFor(queue: string): void {
    this.#hints.inQueue(queue)
    this.#wake()
  }

  /** A kind that has a limit has room again: there may be work for it in the lanes that are known. */
  kindRoomMade(): void {
    this.#hints.inKnownLanes()
    this.#wake()
  }

  #wake(): void {
    this.#sleep.forget()
    this.#idlePolls = 0
    this.#search.looks.hinted()
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
    if (!this.#waitsForRoom) return
    const isWanted = this.#search.clearing.isOn ? this.#parts.holdsNothing() : this.#wantedNow() > 0
    if (isWanted) this.#loop.wake()
  }

  async #tick(): Promise<number> {
    const { clearing, strayLooks } = this.#search
    this.#dueMs = Number.POSITIVE_INFINITY
    await strayLooks.lookIfDue()
    if (clearing.isOn) {
      this.#waitsForRoom = true
      return clearing.step()
    }
    const wanted = this.#wantedNow()
    this.#waitsForRoom = wanted === 0
    if (wanted === 0) return ROOM_LOOK_MS
    const beganMs = monotonicMs()
    const claimed = await this.#claim(wanted)
    if (clearing.isOn) return 0
    if (claimed > 0) this.#idlePolls = 0
    if (claimed === wanted || claimed >= MANY) {
      await this.#sleep.end()
      return claimed === wanted ? 0 : Math.max(0, beganMs + MANY_EVERY_MS - monotonicMs())
    }
    if (!this.#sleep.isOn) {
      this.#sleep.isOn = true
      return 0
    }
    await this.#parts.onIdle()
    return this.#untilNextLook()
  }

  async #claim(wanted: number): Promise<number> {
    const hint = this.#hints.take()
    try {
      return await this.#claimFor(hint, wanted)
    } catch (thrown) {
      // What it was about is still there, and nobody says it again.
      if (hint !== undefined) this.#hints.anywhere()
      throw thrown
    }
  }

  /** First the promise to look, then the look: whoever enqueues after it either is seen or sees us asleep. */
  async #claimFor(hint: Hint | undefined, wanted: number): Promise<number> {
    const hinted = hint !== undefined && this.#sleep.isOn ? await this.#search.followHint(wanted) : 0
    if (hinted === wanted || hinted >= MANY) return hinted
    const failure = await this.#sleep.promise()
    // What a hint was about is found. Whatever else there is, the next look sees; it has not to be looked for each time.
    const isFollowed = hinted > 0 && hint?.isAnywhere === false && hint.times <= hinted
    const claimed = isFollowed ? hinted : hinted + (await this.#search.claim(wanted - hinted, hint))
    // A hint that cannot be asked for must not keep us from looking.
    if (failure !== undefined) throw failure.thrown
    return claimed
  }

  /** How many to claim now: none until a worth-while batch fits, unless the workers run dry. */
  #wantedNow(): number {
    const { limit } = this.#search
    const wanted = Math.min(this.#parts.room(), limit)
    const worthWhile = Math.ceil(limit / 2)
    return wanted >= worthWhile || !this.#parts.hasWaiting() ? Math.max(0, wanted) : 0
  }

  /** With jitter, so that a fleet does not poll in step. */
  #untilNextLook(): number {
    const { fetchIntervalMs, emit } = this.#options
    const longestMs = Math.min(fetchIntervalMs, FIRST_POLL_MS * 2 ** this.#idlePolls++)
    const pollMs = longestMs * (0.75 + 0.25 * Math.random())
    const nowMs = monotonicMs()
    // What is due and was not claimed just now is in other hands: that is no reason to look sooner.
    const waitMs = Math.min(pollMs, this.#search.nextLookInMs, Math.max(0, this.#dueMs - nowMs))
    emit('fetch.idle', { waitMs })
    this.#sleepEndsMs = nowMs + waitMs
    return waitMs
  }
}
