// Numbers and foreign text as people read them.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { count, duration, oneLine, rate } from '../../src/telemetry/words.ts'

it.each([
  [0.4, '0 ms'],
  [999, '999 ms'],
  [999.6, '1.0 s'],
  [2310, '2.3 s'],
  [9949, '9.9 s'],
  [9951, '10 s'],
  [59_499, '59 s'],
  [59_600, '1 min'],
  [200_000, '3 min 20 s'],
  [3_599_600, '1 h'],
  [18_720_000, '5 h 12 min'],
  [273_600_000, '3 d 4 h'],
])('%i ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

it('counts one and many', () => {
  expect([count(1, 'task'), count(0, 'task'), count(20_000, 'task')]).toEqual([
    '1 task',
    '0 tasks',
    '20,000 tasks',
  ])
  expect([rate(0.4), rate(99.94), rate(61_234.5)]).toEqual(['0.4/s', '99.9/s', '61,235/s'])
})

it('makes one line of any text, that a terminal cannot misunderstand', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, max) => {
      const line = oneLine(text, max)
      expect(line).not.toMatch(/\p{Cc}/u)
      expect(line.isWellFormed()).toBe(true)
      expect(line.length).toBeLessThanOrEqual(max + 1)
    }),
  )
  expect(oneLine('plain text', 20)).toBe('plain text')
})
