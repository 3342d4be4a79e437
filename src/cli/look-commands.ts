// The commands that look at tasks: list, show and logs. Part of program.ts.
import type { Command } from 'commander'
import type { ExitStatus } from '../errors.ts'
import { filterOptions, pageOptions } from './filter-flags.ts'
import type { Terminal } from './terminal.ts'

type Done = (status: ExitStatus) => void

export function addLookCommands(program: Command, terminal: Terminal, done: Done): void {
  addList(program, terminal, done)
  addShow(program, terminal, done)
  addLogs(program, terminal, done)
}

const LIST_HELP = `
Filters of different names have all to hold, one of the values of a list has to. "when" is the time at which a pending
task is due, a running one was claimed, and any other one finished. With --json: {"items": [...], "next": id or null}.

Examples:
  taskproc list --status error --kind emails       what failed
  taskproc list --status in_progress               what runs now, and where
  taskproc list --error timeout --newest           what the newest timeouts were
  taskproc list --status done --older-than 30d --limit 1000 --json`

function addList(program: Command, terminal: Terminal, done: Done): void {
  const list = program.command('list').description('print tasks, a line for each')
  pageOptions(filterOptions(list))
    .option('--json', 'print one JSON document')
    .addHelpText('after', LIST_HELP)
    .action(async (flags) => done(await (await import('./commands/list.ts')).runList(flags, terminal)))
}

const SHOW_HELP = `
Example:
  taskproc show 42 --json | jq .error`

function addShow(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('show <id>')
    .description('print one task: what it is, and what happened to it, attempt by attempt')
    .option('--json', 'print the task as one JSON document')
    .addHelpText('after', SHOW_HELP)
    .action(async (id, flags) =>
      done(await (await import('./commands/show.ts')).runShow(id, flags, terminal)),
    )
}

const LOGS_HELP = `
With --follow it goes on until the task has finished, or until Ctrl+C; a database that restarts is waited for.

Examples:
  taskproc logs 42 --follow
  taskproc logs 42 --follow --json                 a JSON document in each line`

function addLogs(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('logs <id>')
    .description('print what happened to a task and what its handler logged, in the order of time')
    .option('-f, --follow', 'then print what comes, until the task has finished')
    .option('--json', 'print one JSON document')
    .addHelpText('after', LOGS_HELP)
    .action(async (id, flags) =>
      done(await (await import('./commands/logs.ts')).runLogs(id, flags, terminal)),
    )
}
