// The line between the fetcher and the workers: first in, first out, in memory. The fetcher asks for no more than there is
// room for, so it is bounded by what is held; closing it hands back what nobody took.

/** Below this many taken items it is not worth moving the rest. */
const COMPACT_AT = 64

export class Channel<Item> {
  #items: Item[] = []
  /** Index of the first item that is still there: taking from the front of a long array must not move the rest. */
  #head = 0
  #takers: ((item: Item | undefined) => void)[] = []
  #closed = false

  get waiting(): number {
    return this.#items.length - this.#head
  }

  /** False when the channel is closed: the items stay with the caller. */
  push(items: readonly Item[]): boolean {
    if (this.#closed) return false
    for (const item of items) {
      const taker = this.#takers.shift()
      if (taker) taker(item)
      else this.#items.push(item)
    }
    return true
  }

  /** The next item at once where there is one, else when there is; undefined when the channel is closed. */
  take(): Item | undefined | Promise<Item | undefined> {
    if (this.waiting > 0) return this.#shift()
    if (this.#closed) return undefined
    return new Promise((resolve) => this.#takers.push(resolve))
  }

  /** Takes out what waits; the channel stays open. */
  empty(): Item[] {
    const left = this.#items.slice(this.#head)
    this.#items = []
    this.#head = 0
    return left
  }

  /** Nothing goes in or out any more. Returns what was waiting; a second call returns nothing. */
  close(): Item[] {
    this.#closed = true
    const left = this.empty()
    for (const taker of this.#takers.splice(0)) taker(undefined)
    return left
  }

  #shift(): Item | undefined {
    const item = this.#items[this.#head++]
    // What was taken must not be kept alive while something always waits: move the rest once it is the smaller part.
    const isMostlyTaken = this.#head > COMPACT_AT && this.#head * 2 > this.#items.length
    if (isMostlyTaken) this.#items = this.#items.slice(this.#head)
    if (isMostlyTaken || this.#head === this.#items.length) {
      if (!isMostlyTaken) this.#items = []
      this.#head = 0
    }
    return item
  }
}
