// Sizes in words; times, counts and rates are tested with the log lines that show them.
import { expect, it } from 'vitest'
import { bytes } from '../../src/task/words.ts'

it.each([
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [8192, '8 kB'],
  [1536 * 1024, '1.5 MB'],
  [20 * 1024 ** 3, '20 GB'],
  [5000 * 1024 ** 4, '5000 TB'],
])('%i is %s', (number, text) => {
  expect(bytes(number)).toBe(text)
})
