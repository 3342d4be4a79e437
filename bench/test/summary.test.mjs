// The table of the README is made from the results, between its marks, and nothing else of it changes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withFigures } from '../report/summary.mjs'

const rounds = (...rates) => rates.map((tasksPerSecond) => ({ tasksPerSecond }))
const RESULTS = {
  startedAt: '2026-01-02T03:04:05.000Z',
  machine: { cores: 2, postgres: '15.0 (Debian)' },
  subjects: { taskproc: { name: 'taskproc' } },
  groups: {
    drain: { taskproc: rounds(100, 300, 200), floor: rounds(400) },
    latency: { taskproc: [{ waits: [1, 2, 3] }], bare: [{ waits: [1] }] },
  },
}
const README = '# Title\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nrest\n'

test('the median of the rounds stands in the row of its subject', () => {
  const written = withFigures(README, RESULTS)
  assert.match(written, /\n\| taskproc \| 200 \| not measured \| not measured \| 2 ms \/ \S+ ms \|\n/)
  assert.match(written, /\n\| the floor \| 400 \| not measured \| {2}\| 1 ms \/ 1 ms \|\n/)
  assert.match(written, /2026-01-02, PostgreSQL 15\.0, 2 cores/)
  assert.ok(written.startsWith('# Title\n') && written.endsWith('\nrest\n') && !written.includes('old'))
})

test('written twice it is the same', () => {
  const once = withFigures(README, RESULTS)
  assert.equal(withFigures(once, RESULTS), once)
})

test('a README without the marks is refused', () => {
  assert.throws(() => withFigures('# Title\n', RESULTS), /figures: begin/)
})
