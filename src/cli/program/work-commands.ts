// The commands that bring work: enqueue and schedule. Part of program.ts.
import type { Command } from 'commander'
import type { Terminal } from '../terminal.ts'
import type { Done } from './done.ts'

export function addWorkCommands(program: Command, terminal: Terminal, done: Done): void {
  addEnqueue(program, terminal, done)
  addSchedule(program, terminal, done)
}

const ENQUEUE_HELP = `
Each line of --file is a task as JSON, with these fields (run_at instead of
delay for a time); KIND and the flags are for lines that leave a field out:
  {"kind": "emails", "payload": {"to": "ada@example.com"}, "queue": "mails",
   "priority": 5, "delay": "10m", "max_attempts": 3, "timeout": "30s",
   "unique_key": "welcome-7"}

Examples:
  taskproc enqueue reverse '"hello"' --wait
  taskproc enqueue emails '{"to": "ada@example.com"}' --delay 10m
  taskproc enqueue emails --file mails.jsonl   a line for each task
  jq -c '.[]' all.json | taskproc enqueue emails --file -

See also: why, schedule, logs`

function addEnqueue(program: Command, terminal: Terminal, done: Done): void {
  taskOptions(
    program
      .command('enqueue [kind] [payload]')
      .description('insert one task (the payload is JSON), or a stream of them'),
  )
    .option('--delay <duration>', 'run it so much later: 500ms, 5s, 2m; a bare number is seconds')
    .option('--at <time>', 'run it at this time, such as 2030-01-31T09:00:00Z')
    .option('--unique-key <key>', 'refuse it while a live task has the same key')
    .option('--timeout <duration>', 'a run that takes longer has failed')
    .option('--file <file>', 'insert the tasks of this file, one JSON document in each line; - is stdin')
    .option('--strict', 'with --file: insert nothing unless every line is right')
    .option('--wait', 'wait for its end and print its result; exit status 1 when it is not done')
    .option('--json', 'print one JSON document: the task, or with --file the ids')
    .addHelpText('after', ENQUEUE_HELP)
    .action(async (kind, payload, flags) =>
      done(await (await import('../commands/enqueue.ts')).runEnqueue(kind, payload, flags, terminal)),
    )
}

function taskOptions(command: Command): Command {
  return command
    .option('--queue <name>', 'its queue (default: default)')
    .option('--priority <number>', 'the larger comes first, -32768 to 32767 (default: 0)')
    .option('--max-attempts <number>', 'how often it may be tried (default: 3)')
}

const SCHEDULE_HELP = `
Any running process enqueues a tick, each once; after a downtime one stands in
for those that were missed.

Examples:
  taskproc schedule add nightly '0 3 * * *' report_generation
  taskproc schedule list
  taskproc schedule remove nightly

See also: enqueue`

const ADD_HELP = `
The cron line has 5 fields (minute hour day month weekday), or 6 with seconds
first; @hourly, @daily and @weekly work too.

Examples:
  taskproc schedule add nightly '0 3 * * *' report_generation '{"pages": 2}'
  taskproc schedule add tick '*/10 * * * * *' reverse '"x"' --max-attempts 1
  taskproc schedule add open '0 9 * * 1-5' mails --timezone Europe/Berlin`

function addSchedule(program: Command, terminal: Terminal, done: Done): void {
  const schedule = program
    .command('schedule')
    .description('enqueue tasks by the clock')
    .addHelpText('after', SCHEDULE_HELP)
  taskOptions(
    schedule
      .command('add <name> <cron> <kind> [payload]')
      .description('add a schedule, or replace the one of that name'),
  )
    .option('--timezone <name>', 'where the clock hangs, such as Europe/Berlin (default: UTC)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', ADD_HELP)
    .action(async (name, cron, kind, payload, flags) => {
      const { runScheduleAdd } = await import('../commands/schedule.ts')
      done(await runScheduleAdd({ name, cron, kind, payload }, flags, terminal))
    })
  schedule
    .command('list')
    .description('print the schedules')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  taskproc schedule list --json')
    .action(async (flags) =>
      done(await (await import('../commands/schedule.ts')).runScheduleList(flags, terminal)),
    )
  schedule
    .command('remove <name>')
    .description('remove a schedule; the tasks that it enqueued stay')
    .addHelpText('after', '\nExample:\n  taskproc schedule remove nightly')
    .action(async (name, flags) =>
      done(await (await import('../commands/schedule.ts')).runScheduleRemove(name, flags, terminal)),
    )
}
