// What happened to each task of a measurement: when it was meant to be there, started, done, and how often.

const FIRST_ROOM = 1024

/** Times are in milliseconds of `nowMs`; NaN: it has not happened. Raw numbers, 26 bytes a task: percentiles are exact. */
export class Ledger {
  readonly #places = new Map<number, number>()
  #enqueued = new Float64Array(FIRST_ROOM)
  #started = new Float64Array(FIRST_ROOM)
  #done = new Float64Array(FIRST_ROOM)
  #runs = new Uint16Array(FIRST_ROOM)
  #completions = new Uint16Array(FIRST_ROOM)
  #finished = 0
  #expected = 0

  /** The task is meant to be there from `atMs` on. It may have been heard of before: answers overtake each other. */
  enqueued(id: number, atMs: number): void {
    // First the place: to find one may replace the arrays.
    const place = this.#place(id)
    this.#enqueued[place] = atMs
    this.#expected += 1
  }

  started(id: number, atMs: number): void {
    const place = this.#place(id)
    if (this.#runs[place] === 0) this.#started[place] = atMs
    this.#runs[place] = (this.#runs[place] ?? 0) + 1
  }

  /** A completion was accepted by the database. */
  done(id: number, atMs: number): void {
    const place = this.#place(id)
    if (this.#completions[place] === 0) {
      this.#done[place] = atMs
      this.#finished += 1
    }
    this.#completions[place] = (this.#completions[place] ?? 0) + 1
  }

  /** How many were completed at least once. */
  get finished(): number {
    return this.#finished
  }

  /** How many were enqueued. */
  get expected(): number {
    return this.#expected
  }

  get ids(): number[] {
    return [...this.#places.keys()]
  }

  /** Each task with its times. */
  *entries(): Generator<{
    id: number
    enqueuedMs: number
    startedMs: number
    doneMs: number
    runs: number
    completions: number
  }> {
    for (const [id, place] of this.#places)
      yield {
        id,
        enqueuedMs: this.#enqueued[place] ?? Number.NaN,
        startedMs: this.#started[place] ?? Number.NaN,
        doneMs: this.#done[place] ?? Number.NaN,
        runs: this.#runs[place] ?? 0,
        completions: this.#completions[place] ?? 0,
      }
  }

  /** When the first and the last task were meant to be there, when the first one was started and the last one done; infinite where none was. */
  get bounds(): {
    firstEnqueuedMs: number
    lastEnqueuedMs: number
    firstStartMs: number
    lastDoneMs: number
  } {
    let [firstEnqueuedMs, lastEnqueuedMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    let [firstStartMs, lastDoneMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const { enqueuedMs, startedMs, doneMs } of this.entries()) {
      if (enqueuedMs < firstEnqueuedMs) firstEnqueuedMs = enqueuedMs
      if (enqueuedMs > lastEnqueuedMs) lastEnqueuedMs = enqueuedMs
      if (startedMs < firstStartMs) firstStartMs = startedMs
      if (doneMs > lastDoneMs) lastDoneMs = doneMs
    }
    return { firstEnqueuedMs, lastEnqueuedMs, firstStartMs, lastDoneMs }
  }

  #place(id: number): number {
    const known = this.#places.get(id)
    if (known !== undefined) return known
    const place = this.#places.size
    if (place === this.#enqueued.length) this.#grow(place * 2)
    this.#places.set(id, place)
    for (const times of [this.#enqueued, this.#started, this.#done]) times[place] = Number.NaN
    return place
  }

  #grow(room: number): void {
    this.#enqueued = larger(this.#enqueued, new Float64Array(room))
    this.#started = larger(this.#started, new Float64Array(room))
    this.#done = larger(this.#done, new Float64Array(room))
    this.#runs = larger(this.#runs, new Uint16Array(room))
    this.#completions = larger(this.#completions, new Uint16Array(room))
  }
}

function larger<Numbers extends Float64Array | Uint16Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from)
  return to
}
