// The arithmetic that ratios and throughput stand on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, percentile, ratio } from '../numbers.mjs'
import { perSecond } from '../throughput.mjs'

test('a percentile is the value at the nearest rank', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index)
  assert.deepEqual(
    [percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)],
    [100, 198, 200],
  )
  assert.equal(percentile([], 0.5), null)
})

test('a median leaves out what was not measured', () => {
  assert.deepEqual([median([3, null, 1, 2]), median([4, 1]), median([null])], [2, 2.5, null])
})

test('a ratio compares what was measured in the same round', () => {
  assert.deepEqual(ratio([10, 30, null, 20], [10, 10, 10, null]), { median: 2, min: 1, max: 3 })
  assert.equal(ratio([], []), null)
})

test('the first tenth of the marks of all processes is the warm-up', () => {
  // One mark a second for the first ten, then two: two processes, ten runs a mark.
  const at = (seconds) => BigInt(Math.round(seconds * 1e9))
  const slow = Array.from({ length: 10 }, (_, index) => at(index))
  const fast = Array.from({ length: 90 }, (_, index) => at(10 + index / 2))
  const effects = [slow, fast].map((marks) => ({
    marks,
    runsPerMark: 10,
    ran: marks.length * 10,
    endedAt: at(60),
  }))
  const { tasksPerSecond, ran, tailSeconds } = perSecond(effects)
  assert.equal(ran, 1000)
  assert.equal(tasksPerSecond, (89 * 10) / (89 / 2))
  assert.equal(tailSeconds, 60 - 54.5)
})

test('there is no throughput of two marks', () => {
  assert.equal(perSecond([{ marks: [1n, 2n], runsPerMark: 1, ran: 2, endedAt: 3n }]).tasksPerSecond, null)
})
