// Did you mean: the nearest name, and none where another thing is meant.
import { expect, it } from 'vitest'
import { nearest } from '../../src/task/near.ts'

it.each([
  ['emial', ['email', 'mail'], 'email'],
  ['send_email', ['sendEmail'], 'sendEmail'],
  ['reports', ['report', 'resize'], 'report'],
  ['thumbnale', ['thumbnail'], 'thumbnail'],
  ['pdf', ['png', 'csv'], undefined],
  ['pdf', ['pdg'], 'pdg'],
  ['resize', ['report'], undefined],
  ['email', ['email'], undefined],
  ['a', ['b'], undefined],
  ['x', [], undefined],
])('of %s among %j', (name, names, expected) => {
  expect(nearest(name, names)[0]).toBe(expected)
})
