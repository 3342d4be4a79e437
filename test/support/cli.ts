// The real binary as a child process, in an environment and a directory where nothing of the tester's own can leak in.
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Child, type Finished, startChild } from './child.ts'
import { tempDir } from './end.ts'

export const BINARY = join(import.meta.dirname, '../../bin/taskproc')

/** Has a link to the binary, as a directory on the PATH of its user may: what is said to be typed is short. */
const ON_PATH = join(import.meta.dirname, 'path')

/** A module for `--handlers`, with kinds that echo, sleep, fail, hang, block, count and crash. */
export const HANDLERS = fileURLToPath(new URL('./handlers.mjs', import.meta.url))

export interface RunOptions {
  /** Added to PATH, HOME and NO_COLOR, which is all that it gets otherwise. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: a new empty directory. */
  readonly cwd?: string
}

/** Runs `taskproc ...args` to its end. stdin is `input`, and ends after it. Killed after `timeoutMs`, which shows as `signal`. */
export async function taskproc(
  args: readonly string[],
  { input = '', timeoutMs = 45_000, ...options }: RunOptions & { input?: string; timeoutMs?: number } = {},
): Promise<Finished> {
  const child = spawnTaskproc(args, options)
  if (input) child.write(input)
  child.end()
  const timer = setTimeout(() => child.signal('SIGKILL'), timeoutMs)
  return child.exit.finally(() => clearTimeout(timer))
}

/** Starts `taskproc ...args`; its stdin stays open and empty. It is killed when the test ends. */
export function spawnTaskproc(args: readonly string[], { env, cwd }: RunOptions = {}): Child {
  return startChild(BINARY, args, { env: cleanEnv(env), cwd: cwd ?? tempDir() })
}

/** With our program and the `node` that runs the tests first in PATH: the binary names `node` and no version. */
export function cleanEnv(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const path = [ON_PATH, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter)
  return { PATH: path, HOME: process.env['HOME'] ?? '/', NO_COLOR: '1', ...env }
}
