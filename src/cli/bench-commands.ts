// The commands that measure and prove on the user's own database: bench and its sub-commands. Part of program.ts.
import type { Command } from 'commander'
import type { ExitStatus } from '../errors.ts'
import type { Benchmark } from './bench/bench.ts'
import { BENCH_DRAIN, BENCH_PLACE } from './bench-settings.ts'
import type { Flags } from './config.ts'
import { addSettings } from './setting-options.ts'
import { RACE, type SettingName } from './settings.ts'
import type { Terminal } from './terminal.ts'

type Done = (status: ExitStatus) => void

const BENCH_HELP = `
Examples:
  taskproc bench drain --tuned --json
  taskproc bench race

See also: stats, doctor`

const PLACE_HELP = `
It makes a database beside yours for the measurement and drops it afterwards;
where it may not, and with --in-place, it uses rows of its own in yours.
Engines run in processes of their own.

Exit status: 1 when a task was lost, or ran twice.`

const DRAIN_HELP = `
A backlog of tasks without work, from the first start to the last outcome that
is written. Latency is from the start of a task to its outcome being written.

Examples:
  taskproc bench drain
  taskproc bench drain --tuned --processes 2 --plot drain.svg`

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
    // What stands behind the name of a measurement is for that one.
    .enablePositionalOptions()
    .addHelpText('after', BENCH_HELP)
  const measure = async <Name extends SettingName>(benchmark: Benchmark<Name>, flags: Flags) =>
    done(await (await import('./bench/bench.ts')).runBench(benchmark, flags, terminal))
  const add = (name: string, purpose: string, settings: readonly SettingName[], help: string) =>
    addSettings(bench.command(name).description(purpose), [...settings, ...BENCH_PLACE])
      .option('--json', 'print one JSON document')
      .addHelpText('after', help + PLACE_HELP)

  add('drain', 'how fast a backlog is run', BENCH_DRAIN, DRAIN_HELP).action(async (flags) => {
    const { drainRuns } = await import('./bench/drain.ts')
    await measure({ name: 'drain', settings: BENCH_DRAIN, act: drainRuns }, flags)
  })
  addSettings(bench.command('race').description('many claim at once: each task must be given once'), RACE)
    .option('--json', 'print one JSON document')
    .addHelpText('after', RACE_HELP)
    .action(async (flags) => done(await (await import('./bench/race.ts')).runRace(flags, terminal)))
}
