// The command line: which commands and options there are, and what the help says. A command's file is loaded when it runs.
import { Command, Option } from 'commander'
import type { ExitStatus } from '../errors.ts'
import { addBulkCommands } from './bulk-commands.ts'
import type { DbVerb } from './commands/db.ts'
import { addDoctor } from './doctor-command.ts'
import { addLookCommands } from './look-commands.ts'
import { SEED, SERVE, SETTINGS, type SettingName } from './settings.ts'
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

  options(program.command('seed').description('insert sample tasks'), SEED)
    .option('--json', 'print the ids as one JSON document')
    .action(async (flags) => done(await (await import('./commands/seed.ts')).runSeed(flags, terminal)))

  options(
    program.command('serve').description('run tasks until a signal, or until nothing is left to run'),
    SERVE,
  )
    .addHelpText('after', SERVE_HELP)
    .action(async (flags) => done(await (await import('./commands/serve.ts')).runServe(flags, terminal)))

  program
    .command('stats')
    .description('count tasks by status, queue and kind; show processes, throughput and latency')
    .option('--exact', 'count every row, also of a large table: right whatever was done to it, and slow')
    .option('--json', 'print one JSON document; with --watch one in each interval, a line each')
    .option('--watch', 'a live screen, with keys to pause queues and to open, retry and cancel tasks')
    .option('--interval <duration>', 'with --watch: how often it looks, 200ms to 1h (default: 1s)')
    .action(async (flags) => done(await (await import('./commands/stats.ts')).runStats(flags, terminal)))

  addLookCommands(program, terminal, done)
  addTaskCommands(program, terminal, done)
  addBulkCommands(program, terminal, done)
  addWorkCommands(program, terminal, done)
  addDoctor(program, terminal, done)
  addDb(program, terminal, done)
  return program
}

function addTaskCommands(program: Command, terminal: Terminal, done: (status: ExitStatus) => void): void {
  const json = ['--json', 'print one JSON document'] as const
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

/** Options are read as text; config.ts parses them together with the environment and reports all problems at once. */
function options(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const { flag, about, variable, default: initial } = SETTINGS[name]
    if (flag === undefined) throw new Error(`${name} has no flag`)
    const notes = [initial && initial !== 'false' && `default: ${initial}`, variable && `env: ${variable}`]
    const shown = notes.filter(Boolean).join(', ')
    const option = new Option(flag, shown ? `${about} (${shown})` : about)
    if (name === 'queues' || name === 'programs')
      option.argParser((value, before: string[] = []) => [...before, value])
    command.addOption(option)
  }
  return command
}
