// What may come next on a command line, by the commander program itself.
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { completions, completionText } from '../../../src/cli/completion/candidates.ts'
import { createProgram } from '../../../src/cli/program/program.ts'

const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
const program = createProgram({ env: {}, cwd: '/', ...streams }, () => {})

/** The last word is the one under the cursor. */
function values(...words: string[]): string[] {
  return completions(program, words).candidates.map(({ value }) => value)
}

it('offers every command that is shown, and no hidden one', () => {
  expect(values('')).toEqual(
    expect.arrayContaining(['migrate', 'serve', 'enqueue', 'why', 'completion', 'help']),
  )
  expect(values('')).not.toContain('complete')
  expect(values('help', 'sch')).toEqual(['schedule'])
  expect(values('help', 'schedule', '')).toEqual(expect.arrayContaining(['add', 'list', 'remove']))
})

it('says of each what it is', () => {
  expect(completionText(completions(program, ['wh']))).toBe(
    'why\tsay why a task is not running, and what to do\n',
  )
})

it('offers options once, unless they may be repeated', () => {
  expect(values('serve', '--w')).toEqual(['--workers'])
  expect(values('serve', '--workers', '5', '--w')).toEqual([])
  expect(values('serve', '--queue', 'a', '--qu')).toEqual(['--queue'])
  expect(values('verify', '')).toEqual(['--json', '--help'])
})

it('knows when the value of an option is next, and which there are', () => {
  expect(values('list', '--status', 'd')).toEqual(['done'])
  expect(values('list', '--status', 'done,er')).toEqual(['done,error'])
  expect(values('list', '--status=e')).toEqual(['--status=error'])
  expect(values('list', '--status', '=', 'e')).toEqual(['error'])
  expect(values('list', '--status', '=')).toContain('pending')
  expect(values('serve', '--workers', '')).toEqual([])
  expect(completions(program, ['serve', '--handlers', ''])).toEqual({ candidates: [], files: true })
})

it('offers what a command accepts, and nothing twice', () => {
  expect(values('list', '--status', '')).toEqual(['pending', 'in_progress', 'done', 'error', 'cancelled'])
  expect(values('retry', '--status', '')).toEqual(['error', 'cancelled'])
  expect(values('cancel', '--status', '')).toEqual(['pending', 'in_progress'])
  expect(values('prune', '--status=')).toEqual(['--status=done', '--status=error', '--status=cancelled'])
  expect(values('retry', '--status', 'error,')).toEqual(['error,cancelled'])
})

it('takes no operand for a command, and nothing for an option behind --', () => {
  expect(values('show', 'db', '')).not.toContain('start')
  expect(values('enqueue', '--', '--q')).toEqual([])
  expect(values('completion', '')).toEqual(['bash', 'zsh', 'fish'])
  expect(values('no-such-command', '')).toEqual([])
})
