// Sizes and large numbers in words; times and rates are tested with the log lines that show them.
import { expect, it } from 'vitest'
import { bytes, grouped } from '../../src/task/words.ts'

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

it.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [-123, '-123'],
  [-1234, '-1,234'],
  [1234567, '1,234,567'],
  [Number.MAX_SAFE_INTEGER, '9,007,199,254,740,991'],
  [1234.5, '1,234.5'],
  [1e21, '1,000,000,000,000,000,000,000'],
])('%d is %s', (number, text) => {
  expect(grouped(number)).toBe(text)
})
