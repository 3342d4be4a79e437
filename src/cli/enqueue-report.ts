// What a stream of tasks leaves behind on the screen: the ids as one JSON document or a sentence on stdout, a line for
// each problem on stderr. Nothing is collected: a million ids go out as they come.
import { once } from 'node:events'
import { count, oneLine } from '../telemetry/words.ts'
import type { LineAnswer } from './enqueue-batch.ts'
import type { Output, Terminal } from './terminal.ts'

const WRITE_CHARS = 16 * 1024
const PROBLEM_CHARS = 1_000

export class EnqueueReport {
  readonly #terminal: Terminal
  /** Beginning with the bracket of the document; null where no document is wanted. */
  #json: string | null
  #ids = ''
  enqueued = 0
  refused = 0

  constructor(terminal: Terminal, isJson: boolean) {
    this.#terminal = terminal
    this.#json = isJson ? '{"ids":[' : null
  }

  async answer(one: LineAnswer): Promise<void> {
    if ('problem' in one) {
      this.refused += 1
      await write(this.#terminal.stderr, `error: line ${one.line}: ${oneLine(one.problem, PROBLEM_CHARS)}\n`)
      return
    }
    if (this.#json !== null) {
      this.#json += this.enqueued > 0 ? `,${JSON.stringify(one.id)}` : JSON.stringify(one.id)
      if (this.#json.length >= WRITE_CHARS) await this.#flush('')
    }
    this.#ids = this.enqueued === 0 ? `#${one.id}` : `${this.#ids.split(' ', 1)[0]} to #${one.id}`
    this.enqueued += 1
  }

  /** Ends the document or says the sentence, also after an error. */
  async end(): Promise<void> {
    if (this.#json !== null) return this.#flush(`],"refused":${this.refused}}\n`)
    const ids = this.enqueued > 0 ? `: ${this.#ids}` : ''
    await write(this.#terminal.stdout, `enqueued ${count(this.enqueued, 'task')}${ids}\n`)
  }

  async #flush(last: string): Promise<void> {
    const text = this.#json + last
    this.#json = ''
    await write(this.#terminal.stdout, text)
  }
}

/** Waits for a slow reader, and for none that has gone. */
async function write(output: Output, text: string): Promise<void> {
  if (!output.write(text)) await once(output, 'drain').catch(() => {})
}
