// Text on a terminal: its width, and cuts that fit and leave whole characters.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutEnd, cutIntoLines, cutStart, widthOf } from '../../src/cli/text-width.ts'

describe('the width of', () => {
  it.each([
    ['plain text', 'abc', 3],
    ['wide characters', '日本語', 6],
    ['an accent of its own', 'e\u0301', 1],
    ['an emoji of several parts', '👩‍👩‍👧', 2],
    ['nothing', '', 0],
  ])('%s', (_, text, width) => {
    expect(widthOf(text)).toBe(width)
  })
})

describe('a cut', () => {
  it.each([
    [cutEnd, 'abcdef', 4, 'abc…'],
    [cutEnd, 'abcd', 4, 'abcd'],
    [cutEnd, '日本語', 5, '日本…'],
    [cutEnd, '日本語', 4, '日…'],
    [cutStart, 'host-4711-a1b2', 8, '…11-a1b2'],
    [cutStart, '日本語', 5, '…本語'],
    [cutStart, 'abc', 3, 'abc'],
  ])('%o of %s to %i columns is %s', (cut, text, columns, shown) => {
    expect(cut(text, columns)).toBe(shown)
  })

  it('fits, whatever the text', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', ' ', '日', '👩‍👩‍👧', 'é'), maxLength: 40 })
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 30 }), (text, columns) => {
        expect(widthOf(cutEnd(text, columns))).toBeLessThanOrEqual(columns)
        expect(widthOf(cutStart(text, columns))).toBeLessThanOrEqual(columns)
      }),
    )
  })
})

describe('a text that is broken', () => {
  it('is broken at spaces', () => {
    expect(cutIntoLines('one two three four', 9, 10)).toEqual(['one two', 'three', 'four'])
  })

  it('is broken within a word that is longer than the line', () => {
    expect(cutIntoLines('abcdefghij kl', 4, 10)).toEqual(['abcd', 'efgh', 'ij', 'kl'])
  })

  it('ends with a mark where there are too many lines', () => {
    expect(cutIntoLines('one two three four', 5, 2)).toEqual(['one', 'two …'])
  })

  it('loses nothing, and fits', () => {
    const words = fc.array(fc.stringMatching(/^[a-z日]{1,12}$/), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(words, fc.integer({ min: 2, max: 20 }), (all, columns) => {
        const lines = cutIntoLines(all.join(' '), columns, 1000)
        expect(lines.join('').replaceAll(' ', '')).toBe(all.join(''))
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns)
      }),
    )
  })
})
