// Lines for a screen of any width, and the room on the disk of the embedded server.
import { describe, expect, it } from 'vitest'
import { judgeSpace } from '../../../src/cli/doctor/free-space.ts'
import { wrap } from '../../../src/cli/wrap.ts'

describe('text', () => {
  it('is broken between words, and hangs below its first line', () => {
    expect(wrap('one two three four', 12, '  fix: ')).toEqual([
      '  fix: one',
      '       two',
      '       three',
      '       four',
    ])
    expect(wrap('one two three', 9)).toEqual(['one two', 'three'])
    expect(wrap('one two', 7)).toEqual(['one two'])
  })

  it('keeps a word that is longer than a line, and everything where there is no width', () => {
    expect(wrap('a longlonglong b', 5, '  ')).toEqual(['  a', '  longlonglong', '  b'])
    expect(wrap('a b c '.repeat(50).trim(), Number.POSITIVE_INFINITY)).toHaveLength(1)
    expect(wrap('', 10, '  ')).toEqual([''])
  })
})

it('a full disk is a warning below a gigabyte, and an error below what the server needs at once', () => {
  const MB = 1024 * 1024
  const judge = (free_bytes: number) => judgeSpace({ directory: '/home/me/.taskproc', free_bytes })[0]
  expect(judge(1024 * MB)).toBeUndefined()
  expect(judge(1023 * MB)).toMatchObject({ severity: 'warning', fix: 'df -h /home/me/.taskproc' })
  expect(judge(127 * MB)?.severity).toBe('error')
})
