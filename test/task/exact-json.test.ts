// Numbers in JSON: kept as they were typed, or refused.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Inexact, parseExactJson } from '../../src/task/exact-json.ts'

it.each([
  '12345678901234567890',
  '{"id": -9007199254740993}',
  '["a \\" 1", [9007199254740993]]',
  '{"\\\\": 18446744073709551615}',
])('refuses %s', (text) => {
  expect(() => parseExactJson(text)).toThrow(Inexact)
})

it.each([
  '9007199254740992',
  '10000000000000000000000',
  '"12345678901234567890"',
  '{"12345678901234567890": "a \\" 12345678901234567890"}',
  '0.1234567890123456789',
  '1.2345678901234567890e19',
  '"\\\\"',
])('takes %s as JSON.parse does', (text) => {
  expect(parseExactJson(text)).toEqual(JSON.parse(text))
})

it('says which number it is, shortened', () => {
  expect(() => parseExactJson(`[1, ${'9'.repeat(50)}]`)).toThrow(
    `holds ${'9'.repeat(30)}…, a whole number that would be rounded: send it as a text`,
  )
})

it('never changes what JSON.stringify wrote', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(parseExactJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

it('refuses a syntax error as JSON.parse does', () => {
  expect(() => parseExactJson('{1234567890123456789')).toThrow(SyntaxError)
})
