// Counts: sums by status and by name, in which a difference may be negative and a sum is not.
import { expect, it } from 'vitest'
import { type CountRow, groupCounts, sumCounts } from '../../src/task/counts.ts'

const NONE = { pending: 0, in_progress: 0, done: 0, error: 0, cancelled: 0 }
const row = (queue: string, status: CountRow['status'], n: number): CountRow => ({
  queue,
  kind: 'k',
  status,
  n,
})

it('add up by status; what is below zero is shown as none', () => {
  const rows = [row('a', 'done', 5), row('a', 'error', -2), row('b', 'done', -3), row('b', 'pending', 1)]
  expect(sumCounts(rows)).toEqual({ ...NONE, pending: 1, done: 2 })
  expect(sumCounts([])).toEqual(NONE)
})

it('are grouped by any name, in the order of the names, without those of which there is nothing', () => {
  const rows = [
    ...[row('b', 'done', 1), row('__proto__', 'error', 2), row('gone', 'done', 3), row('gone', 'done', -3)],
    ...[row('b', 'pending', 4), row('less', 'cancelled', -1)],
  ]
  expect([...groupCounts(rows, ({ queue }) => queue)]).toEqual([
    ['__proto__', { ...NONE, error: 2 }],
    ['b', { ...NONE, done: 1, pending: 4 }],
  ])
})
