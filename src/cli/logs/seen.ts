// What of a task's timeline was said already. Rows of the log become visible in another order than that of their ids (a
// transaction may commit late), so the newest ones are asked for again for a while, without those that were seen.
import type { Look, NamedItem } from '../../db/timeline.ts'
import type { TaskId } from '../../task/task.ts'

/** Handlers' lines are written twice a second, so the last ones may come after the end of their run: it waits for them. */
export const LAST_LINES_MS = 1_500
/** No transaction that writes a row of the log takes longer: each is one statement, and waits at most 10 s for a lock. */
const SETTLED_AFTER_MS = 15_000

export class Seen {
  readonly #names = new Set<string>()
  /** Rows of the log by id, with the time at which the database would have had to show what came before them. */
  readonly #recent = new Map<TaskId, number>()
  #after: TaskId = 0
  #lastAt = ''

  /** What to ask for next. */
  get bounds(): { after: TaskId; except: TaskId[] } {
    return { after: this.#after, except: [...this.#recent.keys()] }
  }

  /** Those of `look` that were not said before, in their order. */
  take({ items: all, nowAt }: Look): NamedItem[] {
    const nowMs = Date.parse(nowAt)
    const held = all.findIndex(({ isEnd, at }) => isEnd && nowMs - Date.parse(at) < LAST_LINES_MS)
    const items = held < 0 ? all : all.slice(0, held)
    const fresh = items.filter((item) => !this.#names.has(item.name) && !this.#isStale(item))
    for (const { name, logId, at, isLate } of items) {
      this.#names.add(name)
      // At the first look, what is old is settled at once.
      const seenMs = this.#lastAt === '' ? Date.parse(at) : nowMs
      // The start of an attempt comes from the row of its end, which may be held back.
      if (logId !== null && !isLate && !this.#recent.has(logId)) this.#recent.set(logId, seenMs)
    }
    this.#settle(nowMs)
    for (const { at } of fresh) if (at > this.#lastAt) this.#lastAt = at
    return fresh
  }

  /** That an attempt began is known from its end: no news where something of it was said meanwhile. */
  #isStale({ isLate, at }: NamedItem): boolean {
    return isLate && at <= this.#lastAt
  }

  #settle(nowMs: number): void {
    const settled = [...this.#recent]
      .filter(([, seenMs]) => seenMs < nowMs - SETTLED_AFTER_MS)
      .map(([id]) => id)
    for (const id of settled) if (Number(id) > Number(this.#after)) this.#after = id
    for (const id of this.#recent.keys()) if (Number(id) <= Number(this.#after)) this.#recent.delete(id)
  }
}
