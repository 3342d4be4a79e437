// The lines of a file of any length, a few at a time, with their numbers.
import { TextDecoder } from 'node:util'
import { LIMITS } from '../../task/limits.ts'

/** A payload at its limit, with every character written as \u0000 is, and room for the other fields. */
const LINE_BYTES = 6 * LIMITS.payloadBytes + 64 * 1024
const NEWLINE = 10

export interface TextLine {
  /** The first one is 1. */
  readonly number: number
  readonly bytes: number
  /** null where the line is too long, or no UTF-8. */
  readonly text: string | null
  readonly problem?: string
}

/** Yields the lines of each chunk that has some. Blank lines are counted and left out. */
export async function* readTextLines(input: AsyncIterable<Buffer | string>): AsyncGenerator<TextLine[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let number = 0
  /** The beginning of a line whose end is still to come. */
  let begun: Buffer[] = []
  let begunBytes = 0

  function begin(part: Buffer): void {
    begunBytes += part.length
    if (begunBytes <= LINE_BYTES) begun.push(part)
    else begun = []
  }

  function end(part: Buffer): TextLine[] {
    begin(part)
    const line = lineOf(++number, begunBytes, begun, decoder)
    begun = []
    begunBytes = 0
    return line.text?.trim() === '' ? [] : [line]
  }

  for await (const piece of input) {
    const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece
    const lines: TextLine[] = []
    let from = 0
    for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
      lines.push(...end(chunk.subarray(from, to)))
      from = to + 1
    }
    begin(chunk.subarray(from))
    if (lines.length > 0) yield lines
  }
  if (begunBytes > 0) yield end(Buffer.alloc(0))
}

function lineOf(number: number, bytes: number, parts: readonly Buffer[], decoder: TextDecoder): TextLine {
  if (bytes > LINE_BYTES) return { number, bytes, text: null, problem: `has more than ${LINE_BYTES} bytes` }
  try {
    return { number, bytes, text: decoder.decode(parts.length === 1 ? parts[0] : Buffer.concat(parts)) }
  } catch {
    return { number, bytes, text: null, problem: 'is no UTF-8' }
  }
}
