// A program that draws on a terminal, under test: what is on its screen now, which keys it gets, how much room it has.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import xterm from '@xterm/headless'
import type { Child } from './child.ts'
import { BINARY, type RunOptions } from './cli.ts'
import { tempDir } from './end.ts'
import { eventually } from './eventually.ts'
import { startInTerminal } from './pty.ts'

export interface DrawnProgram {
  /** Of the shell around it. */
  readonly child: Child
  press(keys: string): void
  /** What is on the screen, without the blanks at the ends of lines. */
  lines(): Promise<string[]>
  /** The whole screen, as soon as `pattern` matches it. */
  waitFor(pattern: RegExp, deadlineMs?: number): Promise<string>
  /** Whether the program has the second screen, on which nothing stays. */
  isAlternate(): Promise<boolean>
  resize(columns: number, rows: number): void
  signal(name: NodeJS.Signals): void
}

export interface DrawnOptions extends RunOptions {
  readonly columns?: number
  readonly rows?: number
  /** Shell commands that run in the terminal after the program. Default: they tell its exit status and the modes. */
  readonly after?: string
}

/** What a shell finds when the program has ended: `ended with 0`, and `modes icanon echo` where they are as they were. */
const TELL = `echo "ended with $?"; echo "modes" $(stty -a | tr ' ;' '\\n\\n' | grep -x -e '-\\?icanon' -e '-\\?echo' -e '-\\?isig')`

/** Runs `taskproc ...args` in a shell in a terminal that shows `before` first. Lines that need UTF-8 get it. */
export function startDrawn(args: readonly string[], options: DrawnOptions = {}): DrawnProgram {
  const { columns = 80, rows = 24, after = TELL, env } = options
  const files = tempDir()
  const [pid, tty] = [join(files, 'pid'), join(files, 'tty')]
  const command = [BINARY, ...args].map((word) => `"${word}"`).join(' ')
  const script = `echo before; tty > ${tty}; sh -c 'echo $$ > ${pid}; exec ${command}'; ${after}`
  const child = startInTerminal(['sh', '-mc', script], {
    ...options,
    columns,
    rows,
    env: { LANG: 'C.UTF-8', ...env },
  })
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  let fed = 0

  async function look(): Promise<void> {
    const output = child.output()
    const fresh = output.slice(fed)
    fed = output.length
    await new Promise<void>((resolve) => terminal.write(fresh, resolve))
  }

  async function lines(): Promise<string[]> {
    await look()
    const { active } = terminal.buffer
    return Array.from(
      { length: terminal.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    )
  }

  return {
    child,
    press: (keys) => child.write(keys),
    lines,
    waitFor: (pattern, deadlineMs = 20_000) => {
      let shown = ''
      const find = async () => {
        shown = (await lines()).join('\n')
        return pattern.test(shown) && shown
      }
      return eventually(`the screen shows ${pattern}`, find, { deadlineMs }).catch((thrown: unknown) => {
        throw new Error(`the screen does not show ${pattern}, but:\n${shown}`, { cause: thrown })
      })
    },
    isAlternate: async () => {
      await look()
      return terminal.buffer.active.type === 'alternate'
    },
    resize: (wider, higher) => {
      terminal.resize(wider, higher)
      const device = readFileSync(tty, 'utf8').trim()
      execFileSync('stty', ['-F', device, 'cols', String(wider), 'rows', String(higher)])
    },
    signal: (name) => {
      if (!existsSync(pid)) throw new Error('it has not been started yet')
      process.kill(Number(readFileSync(pid, 'utf8')), name)
    },
  }
}
