// Counts by queue and kind: safe for any name, bounded, and what is held is counted anew each time.
import { expect, it } from 'vitest'
import { KindCounts } from '../../src/engine/kind-counts.ts'

const NONE = { in_progress: 0, done: 0, error: 0, cancelled: 0 }

it('counts names that mean something to JavaScript like any other, also through JSON', () => {
  const counts = new KindCounts()
  for (const queue of ['__proto__', 'constructor', 'toString']) {
    for (const kind of ['__proto__', 'hasOwnProperty']) counts.add({ queue, kind }, 'done')
  }
  const copied = structuredClone(counts.toJson([{ queue: '__proto__', kind: '__proto__' }]))
  const told = new Map(Object.entries(JSON.parse(JSON.stringify(copied)) as object))
  expect([...told.keys()]).toEqual(['__proto__', 'constructor', 'toString'])
  expect(Object.entries(told.get('__proto__'))).toEqual([
    ['__proto__', { ...NONE, done: 1, in_progress: 1 }],
    ['hasOwnProperty', { ...NONE, done: 1 }],
  ])
})

it('tells what is held now, and not what was held the last time', () => {
  const counts = new KindCounts()
  counts.add({ queue: 'q', kind: 'k' }, 'error')
  const held = [
    { queue: 'q', kind: 'k' },
    { queue: 'q', kind: 'other' },
    { queue: 'q', kind: 'k' },
  ]
  for (let time = 0; time < 2; time++) {
    expect(counts.toJson(held)).toEqual({
      q: { k: { ...NONE, error: 1, in_progress: 2 }, other: { ...NONE, in_progress: 1 } },
    })
  }
  expect(counts.toJson([])).toEqual({ q: { k: { ...NONE, error: 1 }, other: NONE } })
})

it('tells a thousand pairs at most, and what is beyond as one', () => {
  const counts = new KindCounts()
  for (let pair = 0; pair < 1500; pair++) counts.add({ queue: `q${pair % 7}`, kind: `k${pair}` }, 'done')
  counts.add({ queue: 'q0', kind: 'k0' }, 'done')
  const pairs = Object.values(counts.toJson([])).flatMap((kinds) => Object.values(kinds))
  expect(pairs).toHaveLength(1000)
  expect(pairs.reduce((sum, { done }) => sum + done, 0)).toBe(1501)
  expect(counts.toJson([])).toMatchObject({
    q0: { k0: { done: 2 } },
    '(others)': { '(others)': { done: 501 } },
  })
})
