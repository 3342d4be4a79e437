// The commands that change what is there: retry, cancel, pause and resume. Part of program.ts.
import type { Command } from 'commander'
import type { ExitStatus } from '../errors.ts'
import type { Terminal } from './terminal.ts'

type Done = (status: ExitStatus) => void

export function addActCommands(program: Command, terminal: Terminal, done: Done): void {
  addRetry(program, terminal, done)
  addCancel(program, terminal, done)
  addQueues(program, terminal, done)
}

const RETRY_HELP = `
A retried task is due at once and has all its attempts again.

Examples:
  taskproc retry 7 8 9
  taskproc retry 7 --json

See also: list, why, cancel`

function addRetry(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('retry <id...>')
    .description('send tasks in error or cancelled round again')
    .option('--json', 'print one JSON document')
    .addHelpText('after', RETRY_HELP)
    .action(async (ids, flags) =>
      done(await (await import('./commands/retry.ts')).runRetry(ids, flags, terminal)),
    )
}

const CANCEL_HELP = `
A running task is told to stop, and is cancelled when its handler has ended.

Examples:
  taskproc cancel 7
  taskproc cancel 7 8 --json

See also: list, retry`

function addCancel(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('cancel <id...>')
    .description('cancel pending tasks, and tell running ones to stop')
    .option('--json', 'print one JSON document')
    .addHelpText('after', CANCEL_HELP)
    .action(async (ids, flags) =>
      done(await (await import('./commands/cancel.ts')).runCancel(ids, flags, terminal)),
    )
}

const PAUSE_HELP = `
What runs goes on to its end. serve --until-empty does not wait for what is
pending in a paused queue. While every queue is paused, resume --queue NAME
serves that one.

Examples:
  taskproc pause --queue mails
  taskproc resume --queue mails
  taskproc pause                               every queue, in every process
  taskproc resume                              whatever was paused

See also: why, stats`

function addQueues(program: Command, terminal: Terminal, done: Done): void {
  const about = { pause: 'claim no task of a queue any more, in any process', resume: 'undo a pause' }
  for (const verb of ['pause', 'resume'] as const) {
    program
      .command(verb)
      .description(about[verb])
      .option('--queue <name>', 'the queue (default: every queue, also those that are new)')
      .option('--json', 'print what is paused as one JSON document')
      .addHelpText('after', PAUSE_HELP)
      .action(async (flags) =>
        done(await (await import('./commands/queues.ts')).runQueues(verb, flags, terminal)),
      )
  }
}
