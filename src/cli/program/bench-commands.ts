// The commands that measure and prove on the user's own database: bench and its sub-commands. Part of program.ts.
import type { Command } from 'commander'
import type { ExitStatus } from '../../errors.ts'
import type { Benchmark } from '../bench/bench.ts'
import type { Flags } from '../config.ts'
import {
  BENCH_ALL,
  BENCH_DRAIN,
  BENCH_ENQUEUE,
  BENCH_GROWTH,
  BENCH_HOLD,
  BENCH_LATENCY,
  BENCH_PLACE,
  BENCH_STEADY,
} from '../settings/bench-settings.ts'
import { addSettings } from '../settings/options.ts'
import { RACE, type SettingName } from '../settings.ts'
import type { Terminal } from '../terminal.ts'

type Done = (status: ExitStatus) => void

const PLACE_HELP = `
It makes a database beside yours for the measurement and drops it afterwards;
where it may not, and with --in-place, it uses rows of its own in yours.
Engines run in processes of their own.

Exit status: 1 when a task was lost, or ran twice.`

const BENCH_HELP = `
Without the name of a measurement: drain, steady, latency and enqueue, each in
a short form.

Examples:
  taskproc bench
  taskproc bench drain --tuned --json
  taskproc bench race
${PLACE_HELP}

See also: stats, doctor`

const DRAIN_HELP = `
A backlog of tasks without work, from the first start to the last outcome that
is written. Latency is from the start of a task to its outcome being written.

Examples:
  taskproc bench drain
  taskproc bench drain --tuned --processes 2 --plot drain.svg`

const STEADY_HELP = `
Tasks arrive at times that are fixed before. Latency counts from the time that
was meant to the start of the task, so nothing that falls behind is left out.

Examples:
  taskproc bench steady
  taskproc bench steady --rate 5000 --tuned --plot steady.svg`

const LATENCY_HELP = `
One task at a time on an idle system, from the call that enqueues it to its
start, with pauses of random length.

Examples:
  taskproc bench latency
  taskproc bench latency --tasks 1000 --json`

const ENQUEUE_HELP = `
Single tasks by many clients, with and without a process that has to be woken;
batches; and a stream of JSON lines. Batches have ten times the tasks.

Examples:
  taskproc bench enqueue
  taskproc bench enqueue --clients 32 --payload-bytes 1000`

const HOLD_HELP = `
A drain; the same while another transaction holds a snapshot and dead rows
cannot be taken away; and again after it, until it is as fast as before.

Examples:
  taskproc bench hold
  taskproc bench hold --gone-by 1000000 --plot hold.svg`

const GROWTH_HELP = `
A drain and single tasks on an idle system, beside ever more finished tasks,
and beside tasks that wait: in the future, for a kind that nobody serves, in a
paused queue. It needs a database of its own.

Examples:
  taskproc bench growth
  taskproc bench growth --finished 10000000 --backlog 1000000`

const CHURN_HELP = `
A backlog of which one task in ten fails at its first attempt, and comes back
after its backoff.

Examples:
  taskproc bench churn
  taskproc bench churn --tuned --tasks 200000`

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

/** A measurement whose code is loaded when it runs. */
type Lazy<Name extends SettingName> = Omit<Benchmark<Name>, 'act'> & {
  act: () => Promise<Benchmark<Name>['act']>
}

export function addBenchCommands(program: Command, terminal: Terminal, done: Done): void {
  const bench = program.command('bench').description('measure this installation, and put it to the proof')
  const measured = async <Name extends SettingName>(benchmark: Benchmark<Name>, flags: Flags) =>
    done(await (await import('../bench/bench.ts')).runBench(benchmark, flags, terminal))
  const withFlags = (command: Command, settings: readonly SettingName[], help: string) =>
    addSettings(command, [...settings, ...BENCH_PLACE])
      .option('--json', 'print one JSON document')
      .addHelpText('after', help)
  const add = <Name extends SettingName>(
    purpose: string,
    { name, settings, act }: Lazy<Name>,
    help: string,
  ) =>
    withFlags(bench.command(name).description(purpose), settings, help + PLACE_HELP).action(
      async (_flags, command: Command) =>
        measured({ name, settings, act: await act() }, command.optsWithGlobals()),
    )

  withFlags(bench, BENCH_ALL, BENCH_HELP).action(async (flags) => {
    const { allRuns } = await import('../bench/all.ts')
    await measured({ name: '', settings: BENCH_ALL, act: allRuns }, flags)
  })
  const drain = async () => (await import('../bench/drain.ts')).drainRuns
  add('how fast a backlog is run', { name: 'drain', settings: BENCH_DRAIN, act: drain }, DRAIN_HELP)
  const steady = async () => (await import('../bench/steady.ts')).steadyRuns
  add(
    'latency while tasks arrive steadily',
    { name: 'steady', settings: BENCH_STEADY, act: steady },
    STEADY_HELP,
  )
  const latency = async () => (await import('../bench/latency.ts')).latencyRuns
  add('latency on an idle system', { name: 'latency', settings: BENCH_LATENCY, act: latency }, LATENCY_HELP)
  const enqueue = async () => (await import('../bench/enqueue-speed.ts')).enqueueRuns
  add('how fast tasks are put in', { name: 'enqueue', settings: BENCH_ENQUEUE, act: enqueue }, ENQUEUE_HELP)
  const hold = async () => (await import('../bench/hold.ts')).holdRuns
  add('what a held snapshot costs', { name: 'hold', settings: BENCH_HOLD, act: hold }, HOLD_HELP)
  const growth = async () => (await import('../bench/growth.ts')).growthRuns
  add('what other rows cost', { name: 'growth', settings: BENCH_GROWTH, act: growth }, GROWTH_HELP)
  const churn = async () => (await import('../bench/churn.ts')).churnRuns
  add('what failures cost', { name: 'churn', settings: BENCH_DRAIN, act: churn }, CHURN_HELP)
  addSettings(bench.command('race').description('many claim at once: each task must be given once'), RACE)
    .option('--json', 'print one JSON document')
    .addHelpText('after', RACE_HELP)
    // Flags that bench has too are taken by it.
    .action(async (_flags, command: Command) =>
      done(await (await import('../bench/race.ts')).runRace(command.optsWithGlobals(), terminal)),
    )
}
