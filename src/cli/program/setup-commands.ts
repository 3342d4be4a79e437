// The commands that set it up: migrate, seed and db. Part of program.ts.
import type { Command } from 'commander'
import type { DbVerb } from '../commands/db.ts'
import { addSettings } from '../settings/options.ts'
import { SEED } from '../settings.ts'
import type { Terminal } from '../terminal.ts'
import type { Done } from './done.ts'

export function addSetupCommands(program: Command, terminal: Terminal, done: Done): void {
  addMigrate(program, terminal, done)
  addSeed(program, terminal, done)
  addDb(program, terminal, done)
}

const MIGRATE_HELP = `
Forward only, and safe when several run at once. Everything is in the schema
taskproc; a table of your own is not touched.

Examples:
  taskproc migrate
  taskproc migrate --status                    what is applied, and what is not
  DATABASE_URL=postgres://... taskproc migrate     on a PostgreSQL of yours`

function addMigrate(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('migrate')
    .description('create or update the tables')
    .option('--status', 'show which migrations are applied and which are not')
    .option('--dry-run', 'show what would be applied')
    .option('--json', 'print one JSON document')
    .addHelpText('after', MIGRATE_HELP)
    .action(async (flags) => done(await (await import('../commands/migrate.ts')).runMigrate(flags, terminal)))
}

const SEED_HELP = `
The kind reverse is built in: it sleeps 1 to 4 s, reverses its text, and fails
1 time in 10.

Examples:
  taskproc seed                                20 tasks to look at
  taskproc seed --count 1000 --max-attempts 3

See also: enqueue`

function addSeed(program: Command, terminal: Terminal, done: Done): void {
  addSettings(program.command('seed').description('insert sample tasks'), SEED)
    .option('--json', 'print the ids as one JSON document')
    .addHelpText('after', SEED_HELP)
    .action(async (flags) => done(await (await import('../commands/seed.ts')).runSeed(flags, terminal)))
}

const DB_HELP = `
Without DATABASE_URL every command starts a PostgreSQL of its own in .taskproc
(TASKPROC_HOME), and the last one that uses it stops it.

Examples:
  taskproc db start                            keep it up between commands
  psql "$(taskproc db url)"                    look into it
  taskproc db stop`

const DB_VERBS: Record<DbVerb, { about: string; example: string }> = {
  start: {
    about: 'start it, and keep it up until `db stop`',
    example: 'taskproc db start',
  },
  stop: {
    about: 'stop it, whoever uses it',
    example: 'taskproc db stop',
  },
  status: {
    about: 'say whether it runs, and where its data are',
    example: 'taskproc db status --json',
  },
  url: {
    about: 'print its URL, for psql and other programs',
    example: 'psql "$(taskproc db url)"',
  },
}

function addDb(program: Command, terminal: Terminal, done: Done): void {
  const db = program
    .command('db')
    .description('the embedded PostgreSQL by hand')
    .addHelpText('after', DB_HELP)
  for (const verb of ['start', 'stop', 'status', 'url'] as const) {
    const { about, example } = DB_VERBS[verb]
    const command = db.command(verb).description(about).addHelpText('after', `\nExample:\n  ${example}`)
    if (verb === 'status') command.option('--json', 'print one JSON document')
    command.action(async (flags) =>
      done(await (await import('../commands/db.ts')).runDb(verb, flags, terminal)),
    )
  }
}
