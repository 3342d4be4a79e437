// What a process is told about work, until it follows it: each hint says how far it has to look.

export interface Hint {
  /** New work is in these queues: in a lane that is known, behind what was claimed, or in a new lane. */
  readonly queues: readonly string[]
  /** It may be anywhere, also in front of what was claimed: only a look at all lanes finds it. */
  readonly isAnywhere: boolean
  /** How often new work was named: where fewer tasks were found, some of it may be in another place. */
  readonly times: number
}

export class Hints {
  #queues = new Set<string>()
  #isAnywhere = false
  /** Somebody says that there may be work. */
  #isAny = false
  #times = 0

  /** There may be new work in this queue. */
  inQueue(queue: string): void {
    this.#isAny = true
    this.#queues.add(queue)
    this.#times += 1
  }

  anywhere(): void {
    this.#isAny = true
    this.#isAnywhere = true
  }

  /** What is known already may be claimed now. */
  inKnownLanes(): void {
    this.#isAny = true
  }

  /** What was said since the last call; undefined: nothing. */
  take(): Hint | undefined {
    const hint = { queues: [...this.#queues], isAnywhere: this.#isAnywhere, times: this.#times }
    const isAny = this.#isAny
    this.#queues = new Set()
    this.#isAnywhere = false
    this.#isAny = false
    this.#times = 0
    return isAny ? hint : undefined
  }
}
