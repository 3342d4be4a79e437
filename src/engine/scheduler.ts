// The scheduler: enqueues the ticks of the stored schedules when they are due. Every process has one; whichever comes
// first takes a tick, and the others find it taken.
import type { Emit } from '../task/events.ts'
import { errorText } from '../task/outcome.ts'
import { type CronLine, followingTickMs } from '../task/schedule.ts'
import type { TaskId } from '../task/task.ts'
import { Loop } from './loop.ts'

/** A schedule that was added unheard waits no longer than this for its first tick. */
const LONGEST_SLEEP_MS = 30_000
/** A fleet does not reach for a tick in one instant: who comes a little later finds it taken by a mere look. */
const JITTER_MS = 20

export interface Tick extends CronLine {
  readonly name: string
  readonly nextAt: string
  /** Since 1970. */
  readonly tickMs: number
}

export interface SchedulerParts<Found extends Tick> {
  /** The clock of the database, since 1970, and the next tick of each schedule that has one within that time. */
  readTicks(withinMs: number): Promise<{ nowMs: number; ticks: readonly Found[] }>
  /** Enqueues the task of a tick and names the one to follow; undefined where somebody else has done so. */
  takeTick(tick: Found, followingAt: string | null): Promise<{ id: TaskId | null } | undefined>
  emit: Emit
}

export class Scheduler<Found extends Tick> {
  readonly #parts: SchedulerParts<Found>
  readonly #loop: Loop
  /** By the clock of the database: when this process first looked. */
  #watchedSinceMs: number | undefined
  /** Schedules that this version of the program cannot read, as they were found. */
  readonly #unreadable = new Set<string>()

  constructor(parts: SchedulerParts<Found>) {
    this.#parts = parts
    this.#loop = new Loop({ name: 'scheduler', tick: () => this.#tick(), emit: parts.emit })
  }

  start(): void {
    this.#loop.start()
  }

  /** A schedule has changed. */
  wake(): void {
    this.#loop.wake()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  async #tick(): Promise<number> {
    const { nowMs, ticks } = await this.#parts.readTicks(LONGEST_SLEEP_MS)
    this.#watchedSinceMs ??= nowMs
    let taken = 0
    let sleepMs = LONGEST_SLEEP_MS
    for (const tick of ticks) {
      if (tick.tickMs > nowMs) sleepMs = Math.min(sleepMs, tick.tickMs - nowMs)
      else if (await this.#take(tick, nowMs, this.#watchedSinceMs)) taken += 1
    }
    // The ticks to follow are known to the database.
    return taken > 0 ? 0 : sleepMs + JITTER_MS * Math.random()
  }

  /** False where the schedule cannot be read: it waits for a program that can, and the others do not wait for it. */
  async #take(tick: Found, nowMs: number, watchedSinceMs: number): Promise<boolean> {
    const followingAt = this.#following(tick, nowMs, watchedSinceMs)
    if (followingAt === undefined) return false
    const taken = await this.#parts.takeTick(tick, followingAt)
    const { name, tickMs } = tick
    const tickAt = new Date(tickMs).toISOString()
    if (taken !== undefined)
      this.#parts.emit('schedule.ticked', { name, id: taken.id, tickAt, nextAt: followingAt })
    return true
  }

  #following(tick: Found, nowMs: number, watchedSinceMs: number): string | null | undefined {
    try {
      const ms = followingTickMs(tick, { tickMs: tick.tickMs, nowMs, watchedSinceMs })
      return ms === null ? null : new Date(ms).toISOString()
    } catch (thrown) {
      const key = JSON.stringify([tick.name, tick.cron, tick.timezone])
      const failure = { part: `schedule ${tick.name}`, error: errorText(thrown), retryMs: LONGEST_SLEEP_MS }
      if (!this.#unreadable.has(key)) this.#parts.emit('part.failed', failure)
      this.#unreadable.add(key)
      return undefined
    }
  }
}
