// The commands that look: stats, list, show, logs and why. Part of program.ts.
import type { Command } from 'commander'
import { filterOptions, pageOptions } from '../filter-flags.ts'
import type { Terminal } from '../terminal.ts'
import type { Done } from './done.ts'

export function addLookCommands(program: Command, terminal: Terminal, done: Done): void {
  addStats(program, terminal, done)
  addList(program, terminal, done)
  addShow(program, terminal, done)
  addLogs(program, terminal, done)
  addWhy(program, terminal, done)
}

const STATS_HELP = `
Examples:
  taskproc stats
  taskproc stats --watch                           a live screen; ? shows its keys
  taskproc stats --json | jq .tasks

See also: why, list, doctor`

function addStats(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('stats')
    .summary('counts, processes, throughput and latency')
    .description('count tasks by status, queue and kind; show processes, throughput and latency')
    .option('--exact', 'count every row, also of a large table: right whatever was done to it, and slow')
    .option('--json', 'print one JSON document; with --watch one in each interval, a line each')
    .option('--watch', 'a live screen, with keys to pause queues and to open, retry and cancel tasks')
    .option('--interval <duration>', 'with --watch: how often it looks, 200ms to 1h (default: 1s)')
    .addHelpText('after', STATS_HELP)
    .action(async (flags) => done(await (await import('../commands/stats.ts')).runStats(flags, terminal)))
}

const LIST_HELP = `
Filters of different names have all to hold, one of the values of a list has
to. "when" is the time at which a pending task is due, a running one was
claimed, and any other one finished. --json: {"items": [...], "next": id or null}

Examples:
  taskproc list --status error --kind emails       what failed
  taskproc list --status in_progress               what runs now, and where
  taskproc list --error timeout --newest           the newest timeouts
  taskproc list --status done --older-than 30d --limit 1000 --json

See also: show, why, retry`

function addList(program: Command, terminal: Terminal, done: Done): void {
  const list = program.command('list').description('print tasks, a line for each')
  pageOptions(filterOptions(list))
    .option('--json', 'print one JSON document')
    .addHelpText('after', LIST_HELP)
    .action(async (flags) => done(await (await import('../commands/list.ts')).runList(flags, terminal)))
}

const SHOW_HELP = `
Examples:
  taskproc show 42
  taskproc show 42 --json | jq .error

See also: logs, why`

function addShow(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('show <id>')
    .summary('print one task, attempt by attempt')
    .description('print one task: what it is, and what happened to it, attempt by attempt')
    .option('--json', 'print the task as one JSON document')
    .addHelpText('after', SHOW_HELP)
    .action(async (id, flags) =>
      done(await (await import('../commands/show.ts')).runShow(id, flags, terminal)),
    )
}

const LOGS_HELP = `
With --follow it goes on until the task has finished, or until Ctrl+C; a
database that restarts is waited for. What happens to all tasks stands in the
log of serve; what failed lately: taskproc list --status error --newest

Examples:
  taskproc logs 42 --follow
  taskproc logs 42 --follow --json                 a JSON document in each line

See also: show, why`

function addLogs(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('logs <id>')
    .summary('print what happened to a task, or follow it')
    .description('print what happened to a task and what its handler logged, in the order of time')
    .option('-f, --follow', 'then print what comes, until the task has finished')
    .option('--before <row>', 'what is older than this row; logs names it where a log is longer than 10,000')
    .option('--json', 'print one JSON document')
    .addHelpText('after', LOGS_HELP)
    .action(async (id, flags) =>
      done(await (await import('../commands/logs.ts')).runLogs(id, flags, terminal)),
    )
}

const WHY_HELP = `
One sentence and the next step. What else would stand in its way comes after it.

Answers (the word in --json):
  done, error, cancelled             it has finished
  running, cancelling, silent,       a process has it, or had it
  left_behind
  delayed, snoozed, backing_off      it is due later
  paused                             its queue is paused
  no_process, queue_not_served,      nobody is there to run it
  kind_not_served
  locked                             a session holds a lock on it
  suspect, limit_reached, behind,    it waits for a place
  workers_busy
  due                                nothing: it is claimed in a moment

Examples:
  taskproc why 7
  taskproc why 7 --json | jq -r .next

See also: show, logs, stats`

function addWhy(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('why <id>')
    .description('say why a task is not running, and what to do')
    .option('--json', 'print one JSON document, with the facts behind the answer')
    .addHelpText('after', WHY_HELP)
    .action(async (id, flags) => done(await (await import('../commands/why.ts')).runWhy(id, flags, terminal)))
}
