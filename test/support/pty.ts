// A command in a real terminal, for what only shows there: colours, spinners, and Ctrl+C as a person presses it.
import { execFileSync } from 'node:child_process'
import type { TestContext } from 'vitest'
import { type Child, startChild } from './child.ts'
import { cleanEnv, type RunOptions } from './cli.ts'
import { tempDir } from './end.ts'

const SCRIPT = 'script'

/** What `write` sends as the key Ctrl+C: the terminal makes SIGINT of it, for all processes in its foreground. */
export const CTRL_C = '\u0003'

/** Skips the running test, with the reason, where no terminal can be had. */
export function requireTerminal({ skip }: Pick<TestContext, 'skip'>): void {
  try {
    // The one of util-linux: that of BSD and macOS takes other options.
    const version = execFileSync(SCRIPT, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    if (!version.includes('util-linux')) skip('`script` is not the one of util-linux')
  } catch {
    skip('`script` (util-linux) is missing, and it is what gives a test a terminal')
  }
}

/**
 * Runs `command` with a terminal as stdin, stdout and stderr. All that it writes comes as stdout, with `\r\n` and the
 * terminal's codes. TERM is set and NO_COLOR is not, unless `env` says so.
 */
export function startInTerminal(
  command: readonly string[],
  { env, cwd, columns = 100, rows = 30 }: RunOptions & { columns?: number; rows?: number } = {},
): Child {
  const { NO_COLOR: _, ...clean } = cleanEnv()
  const shell = `stty cols ${columns} rows ${rows} && exec ${command.map(quote).join(' ')}`
  const options = {
    env: { ...clean, TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    cwd: cwd ?? tempDir(),
  }
  return startChild(SCRIPT, ['-qefc', shell, '/dev/null'], options)
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
