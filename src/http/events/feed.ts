// The feed of GET /events: one look at the table a second, whoever listens, and none when nobody does.
import { setTimeout } from 'node:timers/promises'
import { readStats, type Stats } from '../../db/stats/stats.ts'
import { errorText } from '../../task/outcome.ts'
import type { ApiContext } from '../options.ts'
import { History } from './history.ts'
import { type Look, type Position, Watcher } from './watcher.ts'

type Counts = Stats['tasks']

export interface FeedListener {
  tasks(look: Look): void
  counts(counts: Counts): void
}

/** After the last client has left the feed goes on for so long: most come back. */
const LINGER_MS = 60_000
const LAST_RETRY_MS = 10_000
/** Counting may take this part of the time, however large the table is. */
const COUNTING_SHARE = 0.05

export class Feed {
  readonly #context: ApiContext
  readonly #watcher: Watcher
  readonly #history: History
  readonly #listeners = new Set<FeedListener>()
  #running: Promise<void> | undefined
  #wantedUntilMs = 0
  #counts: Counts | undefined
  #countAgainMs = 0

  constructor(context: ApiContext) {
    this.#context = context
    this.#watcher = new Watcher(context.pool, context.limits)
    this.#history = new History(context.limits)
  }

  /** Resolves when the feed runs: `join` may follow at once. Throws when the database cannot be read. */
  async ready(): Promise<void> {
    this.#wantedUntilMs = performance.now() + LINGER_MS
    this.#running ??= this.#begin()
    await this.#running
  }

  /** From now on `listener` hears everything. What it missed since `position` is returned; null where that is not known. */
  join(
    listener: FeedListener,
    position: Position | undefined,
  ): { at: Position; missed: readonly Look[] | null } {
    this.#listeners.add(listener)
    if (this.#counts !== undefined) listener.counts(this.#counts)
    return {
      at: this.#watcher.at,
      missed: position === undefined ? [] : this.#history.after(position, this.#watcher.at),
    }
  }

  leave(listener: FeedListener): void {
    this.#listeners.delete(listener)
    this.#wantedUntilMs = performance.now() + LINGER_MS
  }

  async #begin(): Promise<void> {
    try {
      await this.#watcher.begin()
      this.#history.begin(this.#watcher.at)
      await this.#count()
      void this.#run()
    } catch (thrown) {
      this.#running = undefined
      throw thrown
    }
  }

  get #isWanted(): boolean {
    return this.#listeners.size > 0 || performance.now() < this.#wantedUntilMs
  }

  async #run(): Promise<void> {
    const { closing, limits, log } = this.#context
    let waitMs = limits.eventIntervalMs
    while (this.#isWanted) {
      // Rejects when it is aborted.
      await setTimeout(waitMs, undefined, { signal: closing, ref: false }).catch(() => {})
      if (closing.aborted) return
      try {
        await this.#look()
        waitMs = limits.eventIntervalMs
      } catch (thrown) {
        waitMs = Math.min(LAST_RETRY_MS, waitMs * 2)
        const text = `events: ${errorText(thrown)}; looking again in ${waitMs} ms`
        log.warn({ event: 'http.events', error: errorText(thrown) }, text)
      }
    }
    this.#running = undefined
  }

  async #look(): Promise<void> {
    const look = await this.#watcher.look()
    if (look.tasks.length > 0) {
      this.#history.add(look)
      for (const listener of this.#listeners) listener.tasks(look)
    }
    if (performance.now() < this.#countAgainMs) return
    const counts = await this.#count()
    if (counts !== undefined) for (const listener of this.#listeners) listener.counts(counts)
  }

  /** The counts where they have changed. */
  async #count(): Promise<Counts | undefined> {
    const startedMs = performance.now()
    const { tasks } = await readStats(this.#context.pool)
    const endedMs = performance.now()
    this.#countAgainMs = endedMs + (endedMs - startedMs) / COUNTING_SHARE
    const isNews = JSON.stringify(tasks) !== JSON.stringify(this.#counts)
    this.#counts = tasks
    return isNews ? tasks : undefined
  }
}
