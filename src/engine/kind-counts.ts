// How this process left the tasks that it settled, and what it holds, for each queue and kind. Bounded, since names are the user's.
import type { KindCount } from '../db/beat.ts'

/** A process with more kinds than this tells the rest as one. */
const MOST_PAIRS = 1000
/** What the rest is called, as queue and as kind. */
const OTHERS = '(others)'

interface Named {
  readonly queue: string
  readonly kind: string
}

export class KindCounts {
  /** Maps, since a queue may be named `__proto__`. */
  readonly #queues = new Map<string, Map<string, KindCount>>()
  #pairs = 0

  add({ queue, kind }: Named, status: keyof KindCount): void {
    this.#of(queue, kind)[status] += 1
  }

  /** As JSON: counts by kind by queue. `held` is what is in progress here. */
  toJson(held: readonly Named[]): Record<string, Record<string, KindCount>> {
    for (const kinds of this.#queues.values()) for (const count of kinds.values()) count.in_progress = 0
    for (const task of held) this.add(task, 'in_progress')
    // fromEntries defines a property whatever its name is.
    return Object.fromEntries(
      [...this.#queues].map(([queue, kinds]) => [
        queue,
        Object.fromEntries([...kinds].map(([kind, count]) => [kind, { ...count }])),
      ]),
    )
  }

  #of(queue: string, kind: string): KindCount {
    const found = this.#queues.get(queue)?.get(kind)
    if (found !== undefined) return found
    const isFull = this.#pairs >= MOST_PAIRS - 1 && (queue !== OTHERS || kind !== OTHERS)
    if (isFull) return this.#of(OTHERS, OTHERS)
    const fresh: KindCount = { in_progress: 0, done: 0, error: 0, cancelled: 0 }
    const kinds = this.#queues.get(queue) ?? new Map<string, KindCount>()
    this.#queues.set(queue, kinds.set(kind, fresh))
    this.#pairs += 1
    return fresh
  }
}
