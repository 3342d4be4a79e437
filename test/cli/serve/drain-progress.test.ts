// The sentence that is shown while a process drains.
import { expect, it } from 'vitest'
import { drainText } from '../../../src/cli/serve/drain-progress.ts'
import { claim } from '../../telemetry/fixtures.ts'

function draining(runs: readonly number[], drainLeftMs: number | null): string {
  return drainText({
    running: runs.map((forMs, worker) => ({ claim: claim(worker), worker, forMs, progress: null })),
    drainLeftMs,
  })
}

it.each([
  [[2400, 900, 100], 26_100, 'draining 3 tasks, oldest 2 s, 27 s left; Ctrl+C again to abort'],
  [[100], 30_000, 'draining 1 task, oldest 0 s, 30 s left; Ctrl+C again to abort'],
  [[90_000], 150_000, 'draining 1 task, oldest 1 min 30 s, 2 min 30 s left; Ctrl+C again to abort'],
  [[], 20_000, 'draining: writing the last outcomes'],
])('for runs of %j ms with %j ms left is %j', (runs, leftMs, sentence) => {
  expect(draining(runs, leftMs)).toBe(sentence)
})
