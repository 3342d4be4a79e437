// The commands that change what is there: retry, cancel, prune, pause and resume. Part of program.ts.
import type { Command } from 'commander'
import { CANCELLABLE, FINISHED, RETRIABLE, type Status } from '../../task/status.ts'
import { filterOptions } from '../filter-flags.ts'
import type { Terminal } from '../terminal.ts'
import type { Done } from './done.ts'

export function addActCommands(program: Command, terminal: Terminal, done: Done): void {
  addRetry(program, terminal, done)
  addCancel(program, terminal, done)
  addPrune(program, terminal, done)
  addQueues(program, terminal, done)
}

const RETRY_HELP = `
Tasks in error, unless --status names others (error, cancelled). A retried task
is due at once and has all its attempts again; one whose unique key a live task
has is left alone.

Examples:
  taskproc retry 7 8
  taskproc retry --kind emails --error timeout     count, ask, and send them
                                                   round again
  taskproc retry --status error,cancelled --older-than 1h --yes

See also: list, why, cancel`

function addRetry(program: Command, terminal: Terminal, done: Done): void {
  bulkOptions(
    program
      .command('retry [id...]')
      .summary('send tasks in error or cancelled round again')
      .description('send tasks in error or cancelled round again, by id or by filter'),
    RETRIABLE,
  )
    .addHelpText('after', RETRY_HELP)
    .action(async (ids, flags) =>
      done(await (await import('../commands/retry.ts')).runRetry(ids, flags, terminal)),
    )
}

const CANCEL_HELP = `
Pending and running tasks, unless --status names one of both. A running task is
told to stop, and is cancelled when its handler has ended.

Examples:
  taskproc cancel 7
  taskproc cancel --queue imports --dry-run        how many that would be
  taskproc cancel --kind emails --status pending --yes

See also: list, retry`

function addCancel(program: Command, terminal: Terminal, done: Done): void {
  bulkOptions(
    program
      .command('cancel [id...]')
      .summary('cancel pending tasks, and tell running ones to stop')
      .description('cancel pending tasks, and tell running ones to stop, by id or by filter'),
    CANCELLABLE,
  )
    .addHelpText('after', CANCEL_HELP)
    .action(async (ids, flags) =>
      done(await (await import('../commands/cancel.ts')).runCancel(ids, flags, terminal)),
    )
}

const PRUNE_HELP = `
Tasks in done, error and cancelled, with their logs; what is pending or runs is
never deleted. Without other filters also rows of processes that ended so long
ago, and logs of tasks that are gone. While anybody serves it takes a tenth of
the time of one connection, and leaves the rest to the work.
serve --retain 7d does the same as it goes.

Examples:
  taskproc prune --older-than 7d --dry-run              how many that would be
  taskproc prune --older-than 7d --status done --yes    keep what failed

See also: list, serve, stats`

function addPrune(program: Command, terminal: Terminal, done: Done): void {
  bulkOptions(program.command('prune').description('delete finished tasks that are old enough'), FINISHED)
    .addHelpText('after', PRUNE_HELP)
    .action(async (flags) => done(await (await import('../commands/prune.ts')).runPrune(flags, terminal)))
}

function bulkOptions(command: Command, statuses: readonly Status[]): Command {
  return filterOptions(command, statuses)
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--yes', 'do not ask; needed where nobody can answer')
    .option('--json', 'print one JSON document')
}

const PAUSE_HELP = `
What runs goes on to its end. serve --until-empty does not wait for what is
pending in a paused queue. While every queue is paused, resume --queue NAME
serves that one.

Examples:
  taskproc pause --queue mails
  taskproc pause                               every queue, in every process

See also: resume, why, stats`

const RESUME_HELP = `
What is pending is claimed again at once, in every process. Without --queue
every pause ends: that of all queues, and that of each one.

Examples:
  taskproc resume --queue mails                also while every queue is paused
  taskproc resume                              whatever was paused

See also: pause, why, stats`

function addQueues(program: Command, terminal: Terminal, done: Done): void {
  const about = { pause: 'claim no task of a queue any more, in any process', resume: 'undo a pause' }
  const help = { pause: PAUSE_HELP, resume: RESUME_HELP }
  for (const verb of ['pause', 'resume'] as const) {
    program
      .command(verb)
      .description(about[verb])
      .option('--queue <name>', 'the queue (default: every queue, also those that are new)')
      .option('--json', 'print what is paused as one JSON document')
      .addHelpText('after', help[verb])
      .action(async (flags) =>
        done(await (await import('../commands/queues.ts')).runQueues(verb, flags, terminal)),
      )
  }
}
