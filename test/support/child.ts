// A child process under test: its output as it comes, signals, and no way to outlive the test.
import { execa } from 'execa'
import { atTestEnd } from './end.ts'
import { eventually } from './eventually.ts'

const OUTPUT_DEADLINE_MS = 30_000

export interface Finished {
  /** null when a signal ended it, or when it could not be started (`stderr` says why). */
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Those of stdout, without their ends. */
  readonly lines: readonly string[]
}

export interface Child {
  readonly pid: number
  signal(name: NodeJS.Signals): void
  /** To its stdin. */
  write(text: string): void
  /** Ends its stdin. */
  end(): void
  /** Closes the other end of its stdout, as `| head -1` does. */
  closeOutput(): void
  /** What it has written so far, on both streams, in the order in which it came. */
  output(): string
  /** Resolves when `pattern` matches `output()`; rejects at the deadline, or when the child ends without it. */
  waitForOutput(pattern: RegExp, options?: { deadlineMs?: number }): Promise<RegExpExecArray>
  /** Resolves when it has ended and nothing that it started holds its output open any more; never rejects. */
  readonly exit: Promise<Finished>
}

export interface ChildOptions {
  /** All of its environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
}

/** Starts `file`, and kills it (SIGKILL, by its pid) if it still runs when the test ends. */
export function startChild(file: string, args: readonly string[], { env, cwd }: ChildOptions): Child {
  const child = execa(file, args, {
    env,
    cwd,
    extendEnv: false,
    stdin: 'pipe',
    buffer: false,
    reject: false,
    // By default execa sends a SIGKILL 5 s after a SIGTERM: that would end a drain that takes longer.
    forceKillAfterDelay: false,
  })
  const written = { stdout: '', stderr: '', both: '' }
  let ended = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.stdout += text
    written.both += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.stderr += text
    written.both += text
  })
  // What is written to a child that has ended is of no use to anybody.
  child.stdin.on('error', () => {})
  const exit = child.then(({ exitCode, signal, originalMessage }): Finished => {
    ended = true
    return {
      exitCode: exitCode ?? null,
      signal: signal ?? null,
      stdout: written.stdout,
      stderr: child.pid === undefined ? (originalMessage ?? 'not started') : written.stderr,
      lines: linesOf(written.stdout),
    }
  })
  atTestEnd(async () => {
    child.kill('SIGKILL')
    // What it started may still hold the other ends.
    child.stdout.destroy()
    child.stderr.destroy()
    await exit
  })
  return {
    pid: child.pid ?? -1,
    signal: (name) => void child.kill(name),
    write: (text) => void child.stdin.write(text),
    end: () => void child.stdin.end(),
    closeOutput: () => void child.stdout.destroy(),
    output: () => written.both,
    waitForOutput: (pattern, { deadlineMs = OUTPUT_DEADLINE_MS } = {}) =>
      waitForOutput(pattern, deadlineMs, () => ({ text: written.both, ended })),
    exit,
  }
}

/** Without the flags g and y, with which a pattern would remember where it matched last. */
async function waitForOutput(
  pattern: RegExp,
  deadlineMs: number,
  look: () => { text: string; ended: boolean },
): Promise<RegExpExecArray> {
  const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
  const find = () => stateless.exec(look().text)
  const found = await eventually('', () => find() ?? (look().ended && 'ended'), { deadlineMs }).catch(
    () => 'late',
  )
  if (typeof found === 'object') return found
  const why = found === 'ended' ? 'The process ended' : `After ${deadlineMs} ms the process runs`
  throw new Error(`${why} and has not written ${pattern}, but:\n${look().text}`)
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}
