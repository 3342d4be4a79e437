// Runs the programs of PostgreSQL: as the right account, in a session of their own, and with nothing of our environment.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Account } from './account.ts'

/** So much of the output of a program is kept for an error message. */
const OUTPUT_MAX_CHARS = 16_384

/** No locale, no PG* settings, no library path of the caller may change what the server does. */
const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin' }

export interface Program {
  readonly account: Account
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
}

export interface Finished {
  /** undefined when it could not be started, or was killed. */
  readonly code: number | undefined
  /** Why it could not be started, as the system names it: "EACCES". */
  readonly spawnError: string | undefined
  readonly output: string
}

/**
 * Spawns detached: a Ctrl+C in the terminal reaches the process group of the caller only, and what is started here is
 * ended by us or not at all. `cwd` is entered before the account changes, so the account may lack the way there.
 */
export function spawnProgram(program: Program, stdio: SpawnOptions['stdio']): ChildProcess {
  const { account, file, args, cwd } = program
  const [command = file, ...rest] = [...account.prefix, file, ...args]
  const options: SpawnOptions = { cwd, stdio, env: ENVIRONMENT, detached: true }
  return spawn(command, rest, { ...options, ...account.ids })
}

/** Runs a program to its end and gives its output, both streams as one. An abort kills it with all its children. */
export async function run(program: Program, signal?: AbortSignal): Promise<Finished> {
  signal?.throwIfAborted()
  try {
    return await finish(spawnProgram(program, ['ignore', 'pipe', 'pipe']), signal)
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException
    if (code === undefined || !syscall?.startsWith('spawn')) throw error
    return { code: undefined, spawnError: code, output: message }
  }
}

async function finish(child: ChildProcess, signal: AbortSignal | undefined): Promise<Finished> {
  let output = ''
  const collect = (chunk: string): void => {
    output = (output + chunk).slice(-OUTPUT_MAX_CHARS)
  }
  const kill = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }
  child.stdout?.setEncoding('utf8').on('data', collect)
  child.stderr?.setEncoding('utf8').on('data', collect)
  signal?.addEventListener('abort', kill, { once: true })
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    signal?.throwIfAborted()
    return { code: code ?? undefined, spawnError: undefined, output }
  } finally {
    signal?.removeEventListener('abort', kill)
  }
}

/** The last lines of a text, for the message of an error. */
export function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join('\n')
}
