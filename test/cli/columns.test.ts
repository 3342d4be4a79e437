// Columns that give way: cut first, the widest before the others, then left out by rank; whole in a pipe.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Column, fitted, printColumns } from '../../src/cli/columns.ts'
import type { Output, Terminal } from '../../src/cli/terminal.ts'

function written(screen: { isTTY?: boolean; columns?: number }, rows: string[][], env = {}): string[] {
  let text = ''
  const stdout = { ...screen, write: (part: string) => (text += part) } as unknown as Output
  const terminal: Terminal = { env, cwd: '/', stdin: process.stdin, stdout, stderr: stdout }
  printColumns(terminal, COLUMNS, rows)
  return text.split('\n').slice(0, -1)
}

const COLUMNS: Column[] = [
  { title: 'id', align: 'right' },
  { title: 'kind', least: 4 },
  { title: 'process', least: 5, rank: 2, cut: 'start' },
  { title: 'text', least: 6, rank: 1 },
]
const ROWS = [
  ['1', 'emails', 'host-4711', 'a text that is rather long'],
  ['23', 'a', '-', '日本語'],
]

describe('columns', () => {
  it('are whole in a pipe, and stay one line', () => {
    expect(written({}, [...ROWS, ['3', 'x', '-', 'two\nlines \u001b[31m']])).toEqual([
      'id  kind    process    text',
      ' 1  emails  host-4711  a text that is rather long',
      '23  a       -          日本語',
      ' 3  x       -          two lines \uFFFD[31m',
    ])
  })

  it.each([
    [
      34,
      ['id  kind    process    text', ' 1  emails  host-4711  a text tha…', '23  a       -          日本語'],
    ],
    [26, ['id  kind    proce…  text', ' 1  emails  …-4711  a tex…', '23  a       -       日本語']],
    [20, ['id  kind    text', ' 1  emails  a text …', '23  a       日本語']],
    [10, ['id  kind', ' 1  emails', '23  a']],
  ])('fit a screen of %i columns', (columns, lines) => {
    expect(written({ isTTY: true, columns }, ROWS, { NO_COLOR: '1' })).toEqual(lines)
  })

  it('have a bold header on a screen that can show it', () => {
    expect(written({ isTTY: true, columns: 80 }, ROWS)[0]).toBe(
      '\u001b[1mid  kind    process    text\u001b[0m',
    )
  })
})

it('gives widths that fit, unless what is never cut does not', () => {
  const widths = fc.tuple(fc.nat(9), fc.nat(40), fc.nat(40), fc.nat(200))
  fc.assert(
    fc.property(widths, fc.integer({ min: 20, max: 200 }), (natural, room) => {
      const shown = fitted(COLUMNS, natural, room).filter((width) => width > 0)
      const total = shown.reduce((sum, width) => sum + width, 0) + 2 * (shown.length - 1)
      expect(total).toBeLessThanOrEqual(room)
    }),
  )
})
