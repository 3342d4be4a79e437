// Bars that show the last minutes.
import { expect, it } from 'vitest'
import { sparkline } from '../../../src/cli/watch/sparkline.ts'
import { ASCII, PLAIN } from './fixtures.ts'

it.each([
  ['nothing at all', [0, 0, 0], 10, '▁▁▁'],
  ['the highest is full', [0, 1, 2, 3, 4, 5, 6, 7], 10, '▁▂▃▄▅▆▇█'],
  ['the smallest something is seen', [0, 0.001, 1000], 10, '▁▂█'],
  ['several in one bar, the last one whole', [9, 0, 0, 4, 4], 3, '█▁▅'],
  ['no room', [1, 2], 0, ''],
  ['no values', [], 5, ''],
])('%s', (_, values, columns, bars) => {
  expect(sparkline(values, columns, PLAIN)).toBe(bars)
})

it('knows ASCII', () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 10, ASCII)).toBe('_.-=+*#@')
})
