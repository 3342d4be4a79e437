// The commands that act on many tasks: retry, cancel and prune. Part of program.ts.
import type { Command } from 'commander'
import type { ExitStatus } from '../errors.ts'
import { filterOptions } from './filter-flags.ts'
import type { Terminal } from './terminal.ts'

type Done = (status: ExitStatus) => void

const RETRY_HELP = `
Tasks in error, unless --status names others (error, cancelled). A task whose unique key a live task has is left alone.
Examples:
  taskproc retry 7 8                                    these two
  taskproc retry --kind emails --error timeout          count, ask, and send them round again
  taskproc retry --status error,cancelled --older-than 1h --yes`

const CANCEL_HELP = `
Pending and running tasks, unless --status names one of both. What runs is told to stop, and is cancelled by its process.
Examples:
  taskproc cancel 7                                     this one
  taskproc cancel --queue imports --dry-run             how many that would be
  taskproc cancel --kind emails --status pending --yes`

const PRUNE_HELP = `
Tasks in done, error and cancelled, with their logs; what is pending or runs is never deleted. Without other filters also
rows of processes that ended so long ago, and logs of tasks that are gone. While anybody serves it takes a tenth of the
time of one connection, and leaves the rest to the work. serve --retain 7d does the same as it goes.
Examples:
  taskproc prune --older-than 7d --dry-run              how many that would be
  taskproc prune --older-than 7d --status done --yes    keep what failed`

export function addBulkCommands(program: Command, terminal: Terminal, done: Done): void {
  bulkOptions(
    program
      .command('retry [id...]')
      .description('send tasks in error or cancelled round again, by id or by filter'),
  )
    .addHelpText('after', RETRY_HELP)
    .action(async (ids, flags) =>
      done(await (await import('./commands/retry.ts')).runRetry(ids, flags, terminal)),
    )
  bulkOptions(
    program
      .command('cancel [id...]')
      .description('cancel pending tasks, and tell running ones to stop, by id or by filter'),
  )
    .addHelpText('after', CANCEL_HELP)
    .action(async (ids, flags) =>
      done(await (await import('./commands/cancel.ts')).runCancel(ids, flags, terminal)),
    )
  bulkOptions(program.command('prune').description('delete finished tasks that are old enough'))
    .addHelpText('after', PRUNE_HELP)
    .action(async (flags) => done(await (await import('./commands/prune.ts')).runPrune(flags, terminal)))
}

function bulkOptions(command: Command): Command {
  return filterOptions(command)
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--yes', 'do not ask; needed where nobody can answer')
    .option('--json', 'print one JSON document')
}
