// Text in pieces becomes lines, wherever it is cut, and a line without end fills no memory.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Lines } from '../../src/handlers/lines.ts'

function linesOf(chunks: readonly (string | Uint8Array)[], maxChars = 100): string[] {
  const taken: string[] = []
  const lines = new Lines(maxChars, (line) => taken.push(line))
  for (const chunk of chunks) lines.add(Buffer.from(chunk as string))
  lines.end()
  return taken
}

describe('Lines', () => {
  it.each([
    ['one and a last one without an end', ['one\ntw', 'o'], ['one', 'two']],
    ['ends of any system', ['a\r\nb\nc\rd'], ['a', 'b', 'c', 'd']],
    ['no empty ones', ['\n\na\n \n\n'], ['a']],
    ['nothing', [], []],
    ['bars that draw themselves again', ['10 %\r50 %\r100 %\n'], ['10 %', '50 %', '100 %']],
  ])('gives %s', (_, chunks, lines) => {
    expect(linesOf(chunks)).toEqual(lines)
  })

  it('gives the same lines wherever the text is cut, inside of a character too', () => {
    const text = fc.array(
      fc
        .string({ unit: 'grapheme', minLength: 1 })
        .filter((line) => !/[\r\n]/.test(line) && line.trim() !== ''),
    )
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 5 }), (lines, size) => {
        const bytes = Buffer.from(lines.join('\n'))
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        )
        expect(linesOf(chunks, 10_000)).toEqual(lines.map((line) => line.trimEnd()))
      }),
    )
  })

  it('keeps no more of a line than its limit, and says how much is missing', () => {
    expect(linesOf(['abc', 'defgh', 'ij\nk'], 4)).toEqual(['abcd… (6 more characters)', 'k'])
  })
})
