// The flags that say which tasks are meant: as commander gives them, to a filter and a page, or to all that is wrong.
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { filterOptions, pageOptions } from '../../src/cli/filter-flags.ts'
import { readFilter, readFilterAndPage, readPage } from '../../src/cli/filter-values.ts'
import { ExpectedError } from '../../src/errors.ts'

function flags(...args: string[]): Record<string, unknown> {
  return pageOptions(filterOptions(new Command())).parse(args, { from: 'user' }).opts()
}

function refusal(act: () => unknown): ExpectedError {
  try {
    act()
  } catch (thrown) {
    if (thrown instanceof ExpectedError) return thrown
  }
  throw new Error('it was not refused')
}

describe('a filter', () => {
  it('is empty where nothing is said, so that every task is meant', () => {
    expect(readFilter('list', flags())).toEqual({})
  })

  it('takes lists that are repeated, comma separated, or both', () => {
    const typed = flags('--status', 'done,error', '--queue', 'a, b', '--queue', 'c', '--kind', 'x,x')
    expect(readFilter('list', typed)).toEqual({
      status: ['done', 'error'],
      queue: ['a', 'b', 'c'],
      kind: ['x'],
    })
  })

  it('takes a process, a part of an error and an age', () => {
    const typed = flags('--process', 'host,1', '--error', ' no, really', '--older-than', '7d')
    const week = 7 * 86_400_000
    expect(readFilter('list', typed)).toEqual({ process: 'host,1', error: ' no, really', olderThanMs: week })
  })

  it.each([
    ['90', 90_000],
    ['12h', 43_200_000],
    ['500ms', 500],
    ['0', 0],
  ])('takes %s for %i ms', (text, ms) => {
    expect(readFilter('prune', flags('--older-than', text))).toEqual({ olderThanMs: ms })
  })

  it.each([
    ['a status that is none', ['--status', 'failed'], 'must be one of pending, in_progress, done, error'],
    ['an empty part', ['--status', 'done,'], 'must be one of pending'],
    ['an empty queue', ['--queue', ''], 'must be a name of 1 to 128'],
    ['a long kind', ['--kind', 'x'.repeat(129)], 'must be a name of 1 to 128'],
    ['a control character', ['--process', 'a\nb'], 'must be a name of 1 to 128'],
    ['an empty error', ['--error', ''], 'must be a text of 1 to 10000'],
    ['an age without a number', ['--older-than', 'long'], 'must be a time from 0 to 36500d'],
    ['an age of centuries', ['--older-than', '40000d'], 'must be a time from 0 to 36500d'],
  ])('refuses %s', (_, args, sentence) => {
    const { message } = refusal(() => readFilter('list', flags(...args)))
    expect(message).toContain(`${args[0]}: ${sentence}`)
    expect(message.length).toBeLessThan(200)
  })
})

describe('a page', () => {
  it('has 50 of the oldest where nothing is said', () => {
    expect(readPage('list', flags())).toEqual({ limit: 50, after: null, newestFirst: false })
  })

  it.each([
    ['7', 7],
    ['#7', 7],
    ['9223372036854775807', '9223372036854775807'],
  ])('begins behind %s', (typed, after) => {
    expect(readPage('list', flags('--after', typed, '--limit', '1000', '--newest'))).toEqual({
      limit: 1000,
      after,
      newestFirst: true,
    })
  })

  it.each(['0', '-1', 'x', '1.5', '9223372036854775808'])('refuses to begin behind %s', (typed) => {
    const { message } = refusal(() => readPage('list', flags('--after', typed)))
    expect(message).toBe(`--after: must be a whole number from 1 to 9223372036854775807, got "${typed}"`)
  })
})

it('reports everything that is wrong with both at once, as a usage error', () => {
  const typed = flags('--status', 'x,done,y', '--older-than', 'z', '--limit', '1001', '--after', '0')
  const { message, hint, exitStatus } = refusal(() => readFilterAndPage('list', typed))
  expect(message.split('\n').map((line) => line.split(':')[0])).toEqual([
    '--status',
    '--status',
    '--older-than',
    '--limit',
    '--after',
  ])
  expect({ hint, exitStatus }).toEqual({ hint: 'Run: taskproc list --help', exitStatus: 2 })
})
