// What every expected error looks like: two lines on stderr and nothing else anywhere.
import { expect } from 'vitest'
import type { Finished } from '../support/child.ts'

/** `problem` may be several, where several settings are wrong: one line each, then one hint. */
export function expectRefusal(
  finished: Finished,
  exitCode: number,
  problem: RegExp | readonly RegExp[],
  hint: RegExp,
): void {
  const problems = problem instanceof RegExp ? [problem] : problem
  const lines = [...problems, hint].map((pattern) => expect.stringMatching(pattern))
  expect(finished.stderr.split('\n')).toEqual([...lines, ''])
  expect(finished).toMatchObject({ exitCode, stdout: '' })
}
