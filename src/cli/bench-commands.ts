// The commands that measure and prove on the user's own database: bench and its sub-commands. Part of program.ts.
import type { Command } from 'commander'
import type { ExitStatus } from '../errors.ts'
import { addSettings } from './setting-options.ts'
import { RACE } from './settings.ts'
import type { Terminal } from './terminal.ts'

type Done = (status: ExitStatus) => void

const BENCH_HELP = `
Examples:
  taskproc bench race

See also: stats, doctor`

const RACE_HELP = `
Claimers ask for a task at the same instant, each on a connection of its own,
then again until none is left. With --url they are remote workers of that API
(TASKPROC_API_TOKEN is sent); tasks are inserted and checked in DATABASE_URL.
The tasks are in a queue of their own, and gone afterwards.

Examples:
  taskproc bench race
  taskproc bench race --claimers 15 --tasks 15 --rounds 10
  taskproc bench race --url http://127.0.0.1:8080

Exit status: 1 when a task was given twice or to nobody, or when a count of
verify is not 0.`

export function addBenchCommands(program: Command, terminal: Terminal, done: Done): void {
  const bench = program
    .command('bench')
    .description('measure this installation, and put it to the proof')
    .addHelpText('after', BENCH_HELP)
  addSettings(bench.command('race').description('many claim at once: each task must be given once'), RACE)
    .option('--json', 'print one JSON document')
    .addHelpText('after', RACE_HELP)
    .action(async (flags) => done(await (await import('./bench/race.ts')).runRace(flags, terminal)))
}
