// argv -> command -> exit status. The one catch: what a user can mend is two lines, the rest is a bug.
import { CommanderError } from 'commander'
import { createProgram } from './cli/program/program.ts'
import { usageError, withKnownCommand } from './cli/program/usage.ts'
import type { Output, Terminal } from './cli/terminal.ts'
import { typed } from './cli/typed.ts'
import { codeOf, EXIT, type ExitStatus, ExpectedError } from './errors.ts'

export interface Invocation extends Omit<Terminal, 'cwd'> {
  readonly argv: readonly string[]
}

/** Runs one command. Resolves with its exit status when all output is written; never rejects. */
export async function main({ argv, ...streams }: Invocation): Promise<ExitStatus> {
  const terminal: Terminal = { ...streams, cwd: process.cwd() }
  for (const stream of [terminal.stdout, terminal.stderr]) stream.on('error', ignoreClosed)
  const status = await run(argv, terminal)
  await Promise.all([flushed(terminal.stdout), flushed(terminal.stderr)])
  return status
}

async function run(argv: readonly string[], terminal: Terminal): Promise<ExitStatus> {
  let status: ExitStatus = EXIT.ok
  const program = createProgram(terminal, (ended) => {
    status = ended
  })
  try {
    if (argv.length === 0) program.outputHelp()
    else await program.parseAsync(withKnownCommand(program, argv), { from: 'user' })
    return status
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.ok
    const expected = thrown instanceof CommanderError ? usageError(program, thrown, argv) : thrown
    if (expected instanceof ExpectedError) return fail(terminal, expected)
    terminal.stderr.write(
      `this is a bug in taskproc, please report it with these lines:\n${stackOf(thrown)}\n`,
    )
    return EXIT.operational
  }
}

function fail(terminal: Terminal, { message, hint, exitStatus }: ExpectedError): ExitStatus {
  for (const line of message.split('\n')) terminal.stderr.write(`error: ${line}\n`)
  terminal.stderr.write(`${typed(hint, terminal)}\n`)
  return exitStatus
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
}

const CLOSED = ['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']

/** The reader has gone (`| head -1`) or the terminal was closed: there is nobody left to tell. */
function ignoreClosed(error: Error): void {
  if (!CLOSED.includes(codeOf(error))) throw error
}

/** Pipes are written in the background; an exit would cut them off. */
function flushed(stream: Output): Promise<void> {
  return new Promise((resolve) => {
    if (!stream.writable) resolve()
    else stream.write('', () => resolve())
  })
}
