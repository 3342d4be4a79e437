// The lines of a stream: the same whatever the pieces are in which it comes.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readTextLines, type TextLine } from '../../../src/cli/enqueue/text-lines.ts'

async function linesOf(pieces: readonly (Buffer | string)[]): Promise<TextLine[]> {
  async function* stream() {
    yield* pieces
  }
  const lines: TextLine[] = []
  for await (const some of readTextLines(stream())) lines.push(...some)
  return lines
}

it('are the same wherever the stream is cut, also in the middle of a character', async () => {
  const line = fc.string({ unit: 'grapheme' }).filter((text) => !/[\n\uFEFF]/.test(text))
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.boolean(), fc.array(fc.nat(50)), async (texts, endsWell, cuts) => {
      const bytes = Buffer.from(texts.join('\n') + (endsWell && texts.length > 0 ? '\n' : ''))
      const pieces: Buffer[] = []
      let from = 0
      for (const cut of [...cuts, bytes.length]) {
        pieces.push(bytes.subarray(from, from + cut))
        from += cut
      }
      const wanted = texts
        .map((text, index) => ({ number: index + 1, text }))
        .filter(({ text }) => text.trim() !== '')
      expect((await linesOf(pieces)).map(({ number, text }) => ({ number, text }))).toEqual(wanted)
    }),
  )
})

it('may come as text', async () => {
  expect(await linesOf(['a\nü', '\n'])).toMatchObject([{ text: 'a' }, { text: 'ü', bytes: 2 }])
})

it('are counted where they are blank, and not yielded', async () => {
  expect(await linesOf(['\n\r\n  \n\ta\n\n'])).toMatchObject([{ number: 4, text: '\ta' }])
})

it('lose the byte order mark of the first', async () => {
  expect(await linesOf([Buffer.from([0xef, 0xbb, 0xbf, 0x61])])).toMatchObject([{ text: 'a' }])
})

it('that are no UTF-8 are told from those around them', async () => {
  const lines = await linesOf([Buffer.from('a\n\xff\xfe\nb', 'latin1')])
  expect(lines).toMatchObject([
    { number: 1, text: 'a' },
    { number: 2, text: null, problem: 'is no UTF-8' },
    { number: 3, text: 'b' },
  ])
})

it('that are too long are dropped as they come, and the next one is whole again', async () => {
  const lines = await linesOf([...Array(8).fill(Buffer.alloc(1024 * 1024, 'x')), Buffer.from('\nb')])
  expect(lines).toMatchObject([
    { number: 1, text: null, problem: expect.stringMatching(/^has more than \d+ bytes$/) },
    { number: 2, text: 'b' },
  ])
})
