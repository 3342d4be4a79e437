// Bars that show the last minutes.
import { expect, it } from 'vitest'
import { sparkline } from '../../../src/cli/watch/sparkline.ts'
import { ASCII, PLAIN } from './fixtures.ts'

it.each([
  ['nothing at all', [0, 0, 0], 10, '▁▁▁'],
  ['the highest is full', [0, 1, 2, 3, 4, 5, 6, 7], 10, '▁▂▃▄▅▆▇█'],
  ['the smallest something is seen', [0, 0.001, 1000], 10, '▁▂█'],
  ['several in one bar, whole ones and the newest', [9, 8, 0, 0, 4], 3, '▁█'],
  ['no room', [1, 2], 0, ''],
  ['no values', [], 5, ''],
])('%s', (_, values, columns, bars) => {
  expect(sparkline(values, columns, PLAIN, values.length - 1)).toBe(bars)
})

it('knows ASCII', () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 10, ASCII, 7)).toBe('_.-=+*#@')
})

it('moves as a whole: a bar keeps its values from frame to frame', () => {
  const all = Array.from({ length: 200 }, (_, step) => 1 + (Math.floor(step / 5) % 4))
  const frame = (lastStep: number) => sparkline(all.slice(lastStep - 89, lastStep + 1), 20, PLAIN, lastStep)
  // Of the last step of a bar: it has whole bars only, and the next five begin a new one.
  for (const step of [104, 109, 114, 119]) {
    expect(frame(step)).toHaveLength(18)
    for (const later of [1, 2, 3, 4, 5]) expect(frame(step + later).slice(0, -1)).toBe(frame(step).slice(1))
  }
})
