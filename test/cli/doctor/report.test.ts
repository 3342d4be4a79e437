// Lines for a screen of any width, and the room on the disk of the embedded server.
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { judgeSpace } from '../../../src/cli/doctor/free-space.ts'
import { printReport } from '../../../src/cli/doctor/report.ts'
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

it('what is to be typed stays in one line, and what is to be read fits', () => {
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 30 })
  const fix = [
    "update taskproc.tasks set kind = 'a' where claimable and kind = 'b';",
    'taskproc serve --exec b=COMMAND # or --handlers FILE',
    'or let somebody do it who owns the schema',
  ].join('\n')
  const finding = {
    name: 'nobody',
    severity: 'info',
    evidence: 'a and b wait since this morning',
    fix,
  } as const
  const terminal = { env: { NO_COLOR: '1' }, cwd: '/', stdin: new PassThrough(), stderr: stdout, stdout }
  printReport(terminal, { findings: [finding], checks: [] })
  const lines = String(stdout.read()).split('\n')
  expect(lines).toContain(`  fix: ${fix.split('\n')[0]}`)
  expect(lines).toContain(`       ${fix.split('\n')[1]}`)
  expect(lines.filter((line) => line.length > 30)).toHaveLength(2)
})

it('a full disk is a warning below a gigabyte, and an error below what the server needs at once', () => {
  const MB = 1024 * 1024
  const judge = (free_bytes: number) => judgeSpace({ directory: '/home/me/.taskproc', free_bytes })[0]
  expect(judge(1024 * MB)).toBeUndefined()
  expect(judge(1023 * MB)).toMatchObject({ severity: 'warning', fix: 'df -h /home/me/.taskproc' })
  expect(judge(127 * MB)?.severity).toBe('error')
})
