// What a stream of tasks leaves behind on the screen: the ids as one JSON document or a sentence on stdout, a line for
// each problem on stderr. Nothing is collected: a million ids go out as they come.
import { once } from 'node:events'
import type { TaskId } from '../../task/task.ts'
import { count, oneLine } from '../../telemetry/words.ts'
import type { Output, Terminal } from '../terminal.ts'
import type { LineAnswer } from './batch.ts'
import type { Place } from './unserved.ts'

const PROBLEM_CHARS = 1_000
/** Whatever a stream holds, so much is remembered of it: some hundreds of kB. */
const MOST_PLACES = 1_000

export class EnqueueReport {
  readonly #terminal: Terminal
  readonly #isJson: boolean
  #first: TaskId | undefined
  #last: TaskId | undefined
  /** Of what was enqueued, and no more than MOST_PLACES. */
  readonly #places = new Map<string, Place>()
  /** There were more. */
  isPlaceMissing = false
  enqueued = 0
  refused = 0

  constructor(terminal: Terminal, isJson: boolean) {
    this.#terminal = terminal
    this.#isJson = isJson
  }

  async answer(answers: readonly LineAnswer[]): Promise<void> {
    const ids = answers.flatMap((one) => ('id' in one ? [one.id] : []))
    for (const one of answers) if ('place' in one) this.#remember(one.place)
    const problems = answers.flatMap((one) =>
      'problem' in one ? [`error: line ${one.line}: ${oneLine(one.problem, PROBLEM_CHARS)}\n`] : [],
    )
    if (this.#isJson && ids.length > 0) {
      const begin = this.enqueued === 0 ? '{"ids":[' : ','
      await write(this.#terminal.stdout, begin + JSON.stringify(ids).slice(1, -1))
    }
    if (problems.length > 0) await write(this.#terminal.stderr, problems.join(''))
    this.#first ??= ids[0]
    this.#last = ids.at(-1) ?? this.#last
    this.enqueued += ids.length
    this.refused += problems.length
  }

  /** Where they went, each once, in the order of the lines. */
  get places(): Iterable<Place> {
    return this.#places.values()
  }

  #remember(place: Place): void {
    // No name has a control character.
    const key = `${place.queue}\u0000${place.kind}`
    if (this.#places.has(key)) return
    if (this.#places.size < MOST_PLACES) this.#places.set(key, place)
    else this.isPlaceMissing = true
  }

  /** Ends the document or says the sentence, also after an error. */
  async end(): Promise<void> {
    await write(this.#terminal.stdout, this.#isJson ? this.#documentEnd() : this.#sentence())
  }

  #documentEnd(): string {
    return `${this.enqueued === 0 ? '{"ids":[' : ''}],"refused":${this.refused}}\n`
  }

  /** `enqueued 3 tasks: #7 to #9`, those of the first and the last line. Batches overtake each other. */
  #sentence(): string {
    const range = this.enqueued > 1 ? `#${this.#first} to #${this.#last}` : `#${this.#first}`
    return `enqueued ${count(this.enqueued, 'task')}${this.enqueued > 0 ? `: ${range}` : ''}\n`
  }
}

/** Waits for a slow reader, and for none that has gone. */
async function write(output: Output, text: string): Promise<void> {
  if (!output.write(text)) await once(output, 'drain').catch(() => {})
}
