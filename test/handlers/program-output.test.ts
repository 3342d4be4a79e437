// What a program prints is its result: JSON where it is JSON, else text, and no more than fits.
import { expect, it } from 'vitest'
import { ProgramOutput } from '../../src/handlers/program-output.ts'

function outputOf(
  chunks: readonly (string | Uint8Array)[],
  maxBytes = 100,
): { output: ProgramOutput; calls: number } {
  let calls = 0
  const output = new ProgramOutput(maxBytes, () => {
    calls += 1
  })
  for (const chunk of chunks) output.add(Buffer.from(chunk as string))
  return { output, calls }
}

it.each([
  [['{"si', 'zes": [1, 2]}\n'], { sizes: [1, 2] }],
  [['42'], 42],
  [['null\n'], null],
  [['"quoted"'], 'quoted'],
  [['plain ', 'text\r\n\n'], 'plain text'],
  [[' two\nlines '], ' two\nlines '],
  [['NaN'], 'NaN'],
  [['{"a": 1}\n{"a": 2}\n'], '{"a": 1}\n{"a": 2}'],
  [[], undefined],
  [['\n'], undefined],
  [[new Uint8Array([0xc3]), new Uint8Array([0xa4])], 'ä'],
])('is %j as %j', (chunks, result) => {
  expect(outputOf(chunks).output.result()).toEqual(result)
})

it('throws at what is no UTF-8', () => {
  expect(() => outputOf([new Uint8Array([0xff, 0xfe])]).output.result()).toThrow(TypeError)
})

it('says once that it is too much, at the first byte over the limit', () => {
  expect(outputOf(['x'.repeat(60), 'x'.repeat(40)])).toMatchObject({ calls: 0, output: { isTooMuch: false } })
  expect(outputOf(['x'.repeat(60), 'x'.repeat(41), 'more'])).toMatchObject({
    calls: 1,
    output: { isTooMuch: true },
  })
})
