// Times from now, as people say them.
import { expect, it } from 'vitest'
import { clockTime, instant, relative } from '../../src/cli/relative.ts'

it.each([
  [0, 'now'],
  [-999, 'now'],
  [999, 'now'],
  [-1000, '1 s ago'],
  [-3999, '3 s ago'],
  [5_000, 'in 5 s'],
  [59_999, 'in 59 s'],
  [-200_000, '3 min 20 s ago'],
  [5_400_000, 'in 1 h 30 min'],
  [-273_600_000, '3 d 4 h ago'],
])('%i ms from now is %s', (ms, text) => {
  expect(relative(ms)).toBe(text)
})

it('writes a time of the database for people, to the millisecond', () => {
  expect(instant('2030-01-31T09:00:00.123456Z')).toBe('2030-01-31 09:00:00.123Z')
  expect(clockTime('2030-01-31T09:00:00.123456Z')).toBe('09:00:00.123')
})
