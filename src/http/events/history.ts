// What was found lately, for clients that were away.
import type { ApiLimits } from '../options.ts'
import type { Look, Position } from './watcher.ts'

export class History {
  readonly #limits: ApiLimits
  #looks: Look[] = []
  #tasks = 0
  /** Everything after this is here. */
  #since: Position = 0

  constructor(limits: ApiLimits) {
    this.#limits = limits
  }

  /** Forgets everything; what comes next comes after `at`. */
  begin(at: Position): void {
    this.#looks = []
    this.#tasks = 0
    this.#since = at
  }

  add(look: Look): void {
    this.#looks.push(look)
    this.#tasks += look.tasks.length
    while (this.#looks.length > this.#limits.eventsKept || this.#tasks > this.#limits.eventTasksKept) {
      const dropped = this.#looks.shift()
      if (dropped === undefined) return
      this.#since = dropped.at
      this.#tasks -= dropped.tasks.length
    }
  }

  /**
   * What was found after `position`; null where that is not known, because it is too long ago, or so long after `now`
   * that no process can have given it: the clock of the database was set back, or it is another database.
   */
  after(position: Position, now: Position): readonly Look[] | null {
    if (position < this.#since || position > now + AHEAD_US) return null
    // Another process may have given that position, and looked at other moments: rather twice than not at all.
    const overlapUs = OVERLAP_LOOKS * this.#limits.eventIntervalMs * 1000
    return this.#looks.filter(({ at }) => at > position - overlapUs)
  }
}

const OVERLAP_LOOKS = 2
/** Of a process that looked later than this one; looks that fail come up to 10 s late. */
const AHEAD_US = 60_000_000
