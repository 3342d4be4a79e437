// Tables: aligned, cut to a narrow screen, whole in a pipe, and plain without colour.
import { describe, expect, it } from 'vitest'
import { printJson, printTable } from '../../src/cli/output.ts'
import type { Output, Terminal } from '../../src/cli/terminal.ts'

function terminal(
  screen: { isTTY?: boolean; columns?: number },
  env = {},
): { terminal: Terminal; text: () => string } {
  let written = ''
  const stdout = { ...screen, write: (text: string) => (written += text) } as unknown as Output
  return { terminal: { env, cwd: '/', stdin: process.stdin, stdout, stderr: stdout }, text: () => written }
}

const HEADER = ['name', 'count']
const ROWS = [
  ['a', 1],
  ['a name that is rather long', 12345],
]

describe('a table', () => {
  it('sets names to the left and numbers to the right', () => {
    const { terminal: pipe, text } = terminal({})
    printTable(pipe, HEADER, ROWS)
    expect(text().split('\n')).toEqual([
      'name                        count',
      'a                               1',
      'a name that is rather long  12345',
      '',
    ])
  })

  it('cuts the names where the screen is narrow, and nothing in a pipe', () => {
    const { terminal: screen, text } = terminal({ isTTY: true, columns: 20 }, { NO_COLOR: '1' })
    printTable(screen, HEADER, ROWS)
    expect(text().split('\n')).toEqual([
      'name           count',
      'a                  1',
      'a name that …  12345',
      '',
    ])
  })

  it('takes a screen that says it has no columns for an ordinary one', () => {
    const { terminal: screen, text } = terminal({ isTTY: true, columns: 0 }, { NO_COLOR: '1' })
    printTable(screen, HEADER, ROWS)
    expect(text()).toContain('a name that is rather long')
  })

  it.each([
    ['a screen', { isTTY: true, columns: 80 }, {}, true],
    ['a screen with NO_COLOR', { isTTY: true, columns: 80 }, { NO_COLOR: '1' }, false],
    ['a dumb screen', { isTTY: true, columns: 80 }, { TERM: 'dumb' }, false],
    ['a pipe', {}, {}, false],
  ])('on %s is bold or plain', (_, screen, env, isBold) => {
    const { terminal: here, text } = terminal(screen, env)
    printTable(here, HEADER, ROWS)
    expect(text().includes('\u001b[1m')).toBe(isBold)
  })
})

it('prints a document in one line for programs, in many for people', () => {
  const pipe = terminal({})
  printJson(pipe.terminal, { a: [1] })
  expect(pipe.text()).toBe('{"a":[1]}\n')
  const screen = terminal({ isTTY: true, columns: 80 })
  printJson(screen.terminal, { a: [1] })
  expect(JSON.parse(screen.text())).toEqual({ a: [1] })
  expect(screen.text().split('\n').length).toBeGreaterThan(3)
})
