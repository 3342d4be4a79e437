// The labels of a plot are inside of it, however long they are.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bars } from '../report/plot.mjs'

test('no label of a bar is cut at the left or at the right', () => {
  const label = 'the floor: INSERT with NOTIFY, one UPDATE'
  const text = '3.85 ms, 8.16 ms, 17.5 ms'
  const svg = bars('A plot', [{ label, value: 1, min: 1, max: 2, isOurs: false, text }])
  const at = (content) => Number(new RegExp(`<text x="([\\d.]+)"[^>]*>${content}<`).exec(svg)?.[1])
  assert.ok(at(label) - label.length * 7 >= 0)
  assert.ok(at(text) + text.length * 7 <= 760)
})
