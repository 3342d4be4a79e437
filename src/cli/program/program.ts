// The command line as a whole: its commands, its streams, and what stands above and below the list of commands in the
// help. A command's file is loaded when it runs.
import { Command } from 'commander'
import type { ExitStatus } from '../../errors.ts'
import type { Terminal } from '../terminal.ts'
import { readVersion } from '../version.ts'
import { addActCommands } from './act-commands.ts'
import { addBenchCommands } from './bench-commands.ts'
import { addCheckCommands } from './check-commands.ts'
import { addCompletion } from './completion-command.ts'
import { fittedHelp, groupCommands, helpColumns, helpCommand, inOrderOfUse, withChoices } from './help.ts'
import { addLookCommands } from './look-commands.ts'
import { addRunCommands } from './run-commands.ts'
import { addSetupCommands } from './setup-commands.ts'
import { addWorkCommands } from './work-commands.ts'

const HELP = `
Examples:
  taskproc migrate                       create the tables
  taskproc seed --count 20               insert sample tasks
  taskproc serve --workers 5             run tasks until Ctrl+C
  taskproc enqueue reverse '"hello"'     insert a task; --wait for its result
  taskproc why 7                         why is task 7 not running?
  taskproc help serve                    all about one command

Environment:
  DATABASE_URL names your PostgreSQL; without it an embedded one runs in
  .taskproc. Variables are also read from .env in the working directory; flags
  win.

Exit status:
  0 done or drained   1 operational error   2 usage or configuration error
  3 running tasks were stopped and given back by a drain that timed out or was
  aborted`

/** The commander program. `done` hears the exit status of the command that ran. */
export function createProgram(outer: Terminal, done: (status: ExitStatus) => void): Command {
  const terminal = { ...outer }
  const program = new Command('taskproc')
    .description('A task processor for PostgreSQL in one command')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpCommand(helpCommand())
    // What a command takes stands in its own help.
    .configureHelp({
      subcommandTerm: (command) => command.name(),
      visibleCommands: inOrderOfUse,
      optionDescription: withChoices,
    })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(fittedHelp(text, helpColumns(terminal.stdout))),
      // Usage errors are thrown, and shown in one place.
      writeErr: () => {},
      getOutHelpWidth: () => helpColumns(terminal.stdout),
    })
    .addHelpText('after', HELP)
    .hook('preAction', async (_, command) => {
      // Asked at each Tab, so it reads nothing that it does not need.
      if (command.name() === 'complete') return
      terminal.env = (await import('../config.ts')).withNoColor(outer)
    })
  // The groups of the help come in this order.
  addSetupCommands(program, terminal, done)
  addWorkCommands(program, terminal, done)
  addRunCommands(program, terminal, done)
  addLookCommands(program, terminal, done)
  addCheckCommands(program, terminal, done)
  addActCommands(program, terminal, done)
  addBenchCommands(program, terminal, done)
  addCompletion(program, terminal, done)
  groupCommands(program)
  return program
}
