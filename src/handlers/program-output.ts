// What a program prints on stdout, as the result of its task: JSON where it is JSON, else text, and never more than fits.

export class ProgramOutput {
  readonly #maxBytes: number
  readonly #onTooMuch: () => void
  readonly #chunks: Uint8Array[] = []
  #bytes = 0
  isTooMuch = false

  /** `onTooMuch` is called once, at the first byte over `maxBytes`; from then on nothing is kept. */
  constructor(maxBytes: number, onTooMuch: () => void) {
    this.#maxBytes = maxBytes
    this.#onTooMuch = onTooMuch
  }

  add(chunk: Uint8Array): void {
    if (this.isTooMuch) return
    this.#bytes += chunk.byteLength
    if (this.#bytes <= this.#maxBytes) this.#chunks.push(chunk)
    else {
      this.isTooMuch = true
      this.#chunks.length = 0
      this.#onTooMuch()
    }
  }

  /** Undefined where nothing was printed. Throws a TypeError where it is no UTF-8. */
  result(): unknown {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(this.#chunks))
    try {
      return JSON.parse(text)
    } catch {
      return text.replace(/[\r\n]+$/, '') || undefined
    }
  }
}
