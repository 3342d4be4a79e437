// Text as it comes in pieces, cut into lines. However long a line is, no more of it is kept than its limit.
import { StringDecoder } from 'node:string_decoder'

export class Lines {
  readonly #decoder = new StringDecoder('utf8')
  readonly #maxChars: number
  readonly #take: (line: string) => void
  #begun = ''
  #left = 0

  /** `take` gets each line without its end; a longer one is cut, with a note of how much is missing. */
  constructor(maxChars: number, take: (line: string) => void) {
    this.#maxChars = maxChars
    this.#take = take
  }

  add(chunk: Uint8Array): void {
    // A bar that draws itself over and over ends its lines with a carriage return.
    const [first = '', ...others] = this.#decoder.write(Buffer.from(chunk)).split(/\r\n|\n|\r/)
    this.#append(first)
    for (const other of others) {
      this.#flush()
      this.#append(other)
    }
  }

  /** The last line may have no end. */
  end(): void {
    this.#append(this.#decoder.end())
    this.#flush()
  }

  #append(text: string): void {
    const room = this.#maxChars - this.#begun.length
    this.#begun += text.slice(0, room)
    this.#left += Math.max(0, text.length - room)
  }

  /** Empty lines tell nothing. */
  #flush(): void {
    const line = this.#left > 0 ? `${this.#begun}… (${this.#left} more characters)` : this.#begun
    this.#begun = ''
    this.#left = 0
    if (line.trim() !== '') this.#take(line.trimEnd())
  }
}
