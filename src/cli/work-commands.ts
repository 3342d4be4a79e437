// The commands that bring work and hold it back: enqueue, schedule, pause and resume. Part of program.ts.
import type { Command } from 'commander'
import type { ExitStatus } from '../errors.ts'
import type { Terminal } from './terminal.ts'

type Done = (status: ExitStatus) => void

export function addWorkCommands(program: Command, terminal: Terminal, done: Done): void {
  addEnqueue(program, terminal, done)
  addQueues(program, terminal, done)
  addSchedule(program, terminal, done)
}

const FILE_HELP = `
Each line of --file is a task as JSON; KIND and the flags are for lines that leave a field out:
  {"kind": "emails", "payload": {"to": "ada@example.com"}, "queue": "mails", "priority": 5, "delay": "10m",
   "max_attempts": 3, "unique_key": "welcome-7", "timeout": "30s"}   ("run_at": "2030-01-31T09:00:00Z" for a time)`

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
    .addHelpText('after', FILE_HELP)
    .action(async (kind, payload, flags) =>
      done(await (await import('./commands/enqueue.ts')).runEnqueue(kind, payload, flags, terminal)),
    )
}

function taskOptions(command: Command): Command {
  return command
    .option('--queue <name>', 'its queue (default: default)')
    .option('--priority <number>', 'the larger comes first, -32768 to 32767 (default: 0)')
    .option('--max-attempts <number>', 'how often it may be tried (default: 3)')
}

const PAUSE_HELP = `
What runs goes on to its end. serve --until-empty does not wait for what is pending in a paused queue.
While every queue is paused, resume --queue NAME serves that one.`

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

function addSchedule(program: Command, terminal: Terminal, done: Done): void {
  const schedule = program.command('schedule').description('tasks by the clock')
  taskOptions(
    schedule
      .command('add <name> <cron> <kind> [payload]')
      .description('add a schedule, or replace the one of that name'),
  )
    .option('--timezone <name>', 'where the clock hangs, such as Europe/Berlin (default: UTC)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
The cron line has 5 fields (minute hour day month weekday), or 6 with seconds first:
  taskproc schedule add nightly '0 3 * * *' report_generation '{"pages": 2}' --timezone Europe/Berlin
Any running process enqueues a tick, each once; after a downtime one stands in for those that were missed.`,
    )
    .action(async (name, cron, kind, payload, flags) => {
      const { runScheduleAdd } = await import('./commands/schedule.ts')
      done(await runScheduleAdd({ name, cron, kind, payload }, flags, terminal))
    })
  schedule
    .command('list')
    .description('print the schedules')
    .option('--json', 'print one JSON document')
    .action(async (flags) =>
      done(await (await import('./commands/schedule.ts')).runScheduleList(flags, terminal)),
    )
  schedule
    .command('remove <name>')
    .description('remove a schedule; the tasks that it enqueued stay')
    .action(async (name, flags) =>
      done(await (await import('./commands/schedule.ts')).runScheduleRemove(name, flags, terminal)),
    )
}
