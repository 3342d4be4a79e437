// The W3C trace context: taken where it is one, and left alone where it is not.
import { expect, it } from 'vitest'
import { readTraceparent } from '../../src/task/traceparent.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const KNOWN = `00-${TRACE}-${SPAN}-01`

it('takes the four fields, also of a later version that has more of them', () => {
  expect(readTraceparent(KNOWN)).toBe(KNOWN)
  expect(readTraceparent(`cc-${TRACE}-${SPAN}-00`)).toBe(`cc-${TRACE}-${SPAN}-00`)
  expect(readTraceparent(`cc-${TRACE}-${SPAN}-01-more-of-it`)).toBe(`cc-${TRACE}-${SPAN}-01`)
})

it.each([
  ['nothing', undefined],
  ['an empty text', ''],
  ['a list, as of two headers', [KNOWN]],
  ['a version that is none', `ff-${TRACE}-${SPAN}-01`],
  ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['upper case', KNOWN.toUpperCase()],
  ['more than this version has', `${KNOWN}-more`],
  ['less', KNOWN.slice(0, -1)],
  ['something before it', ` ${KNOWN}`],
  ['something behind it', `${KNOWN}\n`],
  ['something else behind it', `cc-${TRACE}-${SPAN}-01x`],
])('takes no %s', (_, value) => {
  expect(readTraceparent(value)).toBeUndefined()
})
