// Cutting text to a bound.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { clip } from '../../src/task/limits.ts'

it('leaves alone what fits', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 100 }), (text) => {
      expect(clip(text, 100)).toBe(text)
    }),
    { examples: [['x'.repeat(100)]] },
  )
})

it('cuts to the bound, the note included, and keeps the beginning', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 201, maxLength: 2000 }), (text) => {
      const cut = clip(text, 200)
      expect(cut.length).toBeLessThanOrEqual(200)
      expect(cut.slice(0, 150)).toBe(text.slice(0, 150))
    }),
  )
})

it('says truly how much is missing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 201, max: 100_000 }), (length) => {
      const cut = clip('x'.repeat(length), 200)
      const [, kept, missing] = /^(x+)… \((\d+) more characters\)$/.exec(cut) ?? []
      expect((kept?.length ?? 0) + Number(missing)).toBe(length)
    }),
  )
})

it('never cuts a character in two', () => {
  fc.assert(
    fc.property(fc.nat(3), fc.integer({ min: 150, max: 300 }), (shift, pairs) => {
      const text = 'x'.repeat(shift) + '😀'.repeat(pairs)
      expect(clip(text, 200)).toSatisfy((cut: string) => cut.isWellFormed())
    }),
  )
})
