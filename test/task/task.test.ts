// Ids as numbers while they are exact.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { taskId } from '../../src/task/task.ts'

const MAX_BIGINT = 2n ** 63n - 1n

it('is a number up to 2^53 - 1 and the digits from there', () => {
  expect(taskId('0')).toBe(0)
  expect(taskId('9007199254740991')).toBe(9_007_199_254_740_991)
  expect(taskId('9007199254740992')).toBe('9007199254740992')
  expect(taskId('9007199254740993')).toBe('9007199254740993')
  expect(taskId(String(MAX_BIGINT))).toBe('9223372036854775807')
})

it('never loses a digit of any bigint', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -MAX_BIGINT, max: MAX_BIGINT }), (id) => {
      expect(String(taskId(String(id)))).toBe(String(id))
    }),
  )
})

it('is a number exactly where that is exact, so that one task has one id', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -MAX_BIGINT, max: MAX_BIGINT }), (id) => {
      const isExact = id >= Number.MIN_SAFE_INTEGER && id <= Number.MAX_SAFE_INTEGER
      expect(typeof taskId(String(id))).toBe(isExact ? 'number' : 'string')
    }),
  )
})
