// The command line: which commands and options there are, and what the help says. A command's file is loaded when it runs.
import { Command } from 'commander'
import type { ExitStatus } from '../errors.ts'
import { addBenchCommands } from './bench-commands.ts'
import type { DbVerb } from './commands/db.ts'
import { addLookCommands } from './look-commands.ts'
import { addSettings } from './setting-options.ts'
import { API, SEED, SERVE } from './settings.ts'
import type { Terminal } from './terminal.ts'
import { readVersion } from './version.ts'
import { addWorkCommands } from './work-commands.ts'

const EXAMPLES = `
Examples:
  taskproc migrate                       create the tables
  taskproc seed --count 20               insert sample tasks
  taskproc serve --workers 5             run tasks until Ctrl+C
  taskproc enqueue reverse '"hello"'     insert one task; --wait prints its result
  taskproc stats --json                  the numbers, for programs
  psql "$(taskproc db url)"              look at the embedded PostgreSQL

Environment:
  DATABASE_URL names your PostgreSQL; without it an embedded one runs in .taskproc.
  Variables are also read from .env in the working directory; flags win.

Exit status:
  0 done or drained   1 operational error   2 usage or configuration error
  3 running tasks were stopped and given back by a drain that timed out or was aborted`

const SERVE_HELP = `
The first Ctrl+C (SIGINT, SIGTERM, SIGHUP) drains, a second one aborts.
--until-empty does not wait for what is pending in a paused queue.`

const API_HELP = `
GET /openapi.json describes it, GET /docs shows it in a browser. It needs no running \`serve\`, and any number of them may run at once.
TASKPROC_API_TOKEN (no flag: a command line can be read by others) is what requests have to show as Authorization: Bearer TOKEN.`

/** The commander program. `done` hears the exit status of the command that ran. */
export function createProgram(outer: Terminal, done: (status: ExitStatus) => void): Command {
  const terminal = { ...outer }
  const program = new Command('taskproc')
    .description('A task processor for PostgreSQL in one command')
    .version(readVersion(), '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      // Usage errors are thrown, and shown in one place.
      writeErr: () => {},
      getOutHelpWidth: () => terminal.stdout.columns || 100,
    })
    .addHelpText('after', EXAMPLES)
    .hook('preAction', async () => {
      terminal.env = (await import('./config.ts')).withNoColor(outer)
    })

  program
    .command('migrate')
    .description('create or update the tables')
    .option('--status', 'show which migrations are applied and which are not')
    .option('--dry-run', 'show what would be applied')
    .option('--json', 'print one JSON document')
    .action(async (flags) => done(await (await import('./commands/migrate.ts')).runMigrate(flags, terminal)))

  addSettings(program.command('seed').description('insert sample tasks'), SEED)
    .option('--json', 'print the ids as one JSON document')
    .action(async (flags) => done(await (await import('./commands/seed.ts')).runSeed(flags, terminal)))

  addSettings(
    program.command('serve').description('run tasks until a signal, or until nothing is left to run'),
    SERVE,
  )
    .addHelpText('after', SERVE_HELP)
    .action(async (flags) => done(await (await import('./commands/serve.ts')).runServe(flags, terminal)))

  addSettings(program.command('api').description('serve the HTTP API until a signal'), API)
    .addHelpText('after', API_HELP)
    .action(async (flags) => done(await (await import('./commands/api.ts')).runApi(flags, terminal)))

  program
    .command('stats')
    .description('count tasks by status, queue and kind; show processes, throughput and latency')
    .option('--json', 'print one JSON document')
    .action(async (flags) => done(await (await import('./commands/stats.ts')).runStats(flags, terminal)))

  addLookCommands(program, terminal, done)
  addTaskCommands(program, terminal, done)
  addWorkCommands(program, terminal, done)
  addBenchCommands(program, terminal, done)
  addDb(program, terminal, done)
  return program
}

function addTaskCommands(program: Command, terminal: Terminal, done: (status: ExitStatus) => void): void {
  const json = ['--json', 'print one JSON document'] as const
  program
    .command('cancel <id...>')
    .description('cancel pending tasks, and tell running ones to stop')
    .option(...json)
    .action(async (ids, flags) =>
      done(await (await import('./commands/cancel.ts')).runCancel(ids, flags, terminal)),
    )
  program
    .command('retry <id...>')
    .description('send tasks in error or cancelled round again')
    .option(...json)
    .action(async (ids, flags) =>
      done(await (await import('./commands/retry.ts')).runRetry(ids, flags, terminal)),
    )
  program
    .command('verify')
    .description('look for rows that must not be; exit status 1 when there is one')
    .option(...json)
    .action(async (flags) => done(await (await import('./commands/verify.ts')).runVerify(flags, terminal)))
}

function addDb(program: Command, terminal: Terminal, done: (status: ExitStatus) => void): void {
  const db = program.command('db').description('the embedded PostgreSQL by hand')
  const verbs: Record<DbVerb, string> = {
    start: 'start it, and keep it up until `db stop`',
    stop: 'stop it, whoever uses it',
    status: 'say whether it runs, and where its data are',
    url: 'print its URL, for psql and other programs',
  }
  for (const verb of ['start', 'stop', 'status', 'url'] as const) {
    const command = db.command(verb).description(verbs[verb])
    if (verb === 'status') command.option('--json', 'print one JSON document')
    command.action(async (flags) =>
      done(await (await import('./commands/db.ts')).runDb(verb, flags, terminal)),
    )
  }
}
