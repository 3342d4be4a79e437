// Foreign text on the screen: harmless, and as wide as it is said to be.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { widthOf } from '../../../src/cli/text-width.ts'
import { harmless, padded } from '../../../src/cli/watch/text.ts'
import { ASCII, PLAIN } from './fixtures.ts'

it.each([
  ['two\nlines\tand more', 'two lines and more'],
  ['\u001b[2J\u0007', '\uFFFD[2J\uFFFD'],
  ['a\u202eb\u200bc', 'a\uFFFDb\uFFFDc'],
  ['👩\u200d💻 \u2764\ufe0f 👍🏽', '👩💻 \u2764 👍'],
  ['e\u0301', 'é'],
  ['lone \ud800', 'lone \uFFFD'],
])('makes %j harmless', (text, shown) => {
  expect(harmless(text, PLAIN)).toBe(shown)
})

it('keeps the width where only ASCII arrives', () => {
  expect(harmless('żółć 日本', ASCII)).toBe('???? ????')
})

it('is as wide as it says, piece by piece', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.integer({ min: 0, max: 50 }),
      (text, columns) => {
        const shown = harmless(text, PLAIN)
        expect(shown).not.toMatch(/\p{Cc}/u)
        for (const options of [{}, { from: 'start' }, { align: 'right' }] as const)
          expect(widthOf(padded(shown, columns, options))).toBe(columns)
      },
    ),
  )
})
