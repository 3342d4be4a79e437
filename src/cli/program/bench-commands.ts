// The commands that measure and prove on the user's own database: bench and its sub-commands. Part of program.ts.
import { type Command, Option } from 'commander'
import type { Benchmark, Measurement } from '../bench/bench.ts'
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
  RACE,
} from '../settings/bench-settings.ts'
import { addSettings } from '../settings/options.ts'
import type { SettingName } from '../settings.ts'
import type { Terminal } from '../terminal.ts'
import {
  BENCH_HELP,
  CHURN_HELP,
  DRAIN_HELP,
  ENQUEUE_HELP,
  GROWTH_HELP,
  HOLD_HELP,
  LATENCY_HELP,
  PLACE_HELP,
  RACE_HELP,
  STEADY_HELP,
} from './bench-help.ts'
import type { Done } from './done.ts'

/** A measurement whose code is loaded when it runs. */
interface Lazy<Name extends SettingName> extends Pick<Benchmark<Name>, 'name' | 'settings'> {
  readonly load: () => Promise<Measurement<Name>>
}

export function addBenchCommands(program: Command, terminal: Terminal, done: Done): void {
  const bench = program.command('bench').description('measure this installation, and put it to the proof')
  const measured = async <Name extends SettingName>(benchmark: Benchmark<Name>, flags: Flags) =>
    done(await (await import('../bench/bench.ts')).runBench(benchmark, flags, terminal))
  const withFlags = (command: Command, settings: readonly SettingName[], help: string) =>
    addSettings(command, settings).option('--json', 'print one JSON document').addHelpText('after', help)
  const measurement = <Name extends SettingName>(
    purpose: string,
    { name, settings, load, place }: Lazy<Name> & { place: readonly SettingName[] },
    help: string,
  ) =>
    withFlags(bench.command(name).description(purpose), [...settings, ...place], help).action(
      async (_flags, command: Command) => {
        refuseForeign(command)
        await measured({ name, settings, ...(await load()) }, command.optsWithGlobals())
      },
    )
  const add = <Name extends SettingName>(purpose: string, lazy: Lazy<Name>, help: string) =>
    measurement(purpose, { ...lazy, place: BENCH_PLACE }, help + PLACE_HELP)

  withFlags(bench, [...BENCH_ALL, ...BENCH_PLACE], BENCH_HELP).action(async (flags) => {
    const { ALL } = await import('../bench/all.ts')
    await measured({ name: '', settings: BENCH_ALL, ...ALL }, flags)
  })
  const drain = async () => (await import('../bench/drain.ts')).DRAIN
  add('how fast a backlog is run', { name: 'drain', settings: BENCH_DRAIN, load: drain }, DRAIN_HELP)
  const steady = async () => (await import('../bench/steady.ts')).STEADY
  add(
    'latency while tasks arrive steadily',
    { name: 'steady', settings: BENCH_STEADY, load: steady },
    STEADY_HELP,
  )
  const latency = async () => (await import('../bench/latency.ts')).LATENCY
  add('latency on an idle system', { name: 'latency', settings: BENCH_LATENCY, load: latency }, LATENCY_HELP)
  const enqueue = async () => (await import('../bench/enqueue-speed.ts')).ENQUEUE
  add('how fast tasks are put in', { name: 'enqueue', settings: BENCH_ENQUEUE, load: enqueue }, ENQUEUE_HELP)
  const hold = async () => (await import('../bench/hold.ts')).HOLD
  add('what a held snapshot costs', { name: 'hold', settings: BENCH_HOLD, load: hold }, HOLD_HELP)
  const growth = async () => (await import('../bench/growth.ts')).GROWTH
  const beside = { name: 'growth', settings: BENCH_GROWTH, load: growth, place: ['plot'] } as const
  // Known to it, so that it can say why not.
  measurement('what other rows cost', beside, GROWTH_HELP).addOption(new Option('--in-place').hideHelp())
  const churn = async () => (await import('../bench/churn.ts')).CHURN
  add('what failures cost', { name: 'churn', settings: BENCH_DRAIN, load: churn }, CHURN_HELP)
  addSettings(bench.command('race').description('many claim at once: each task must be given once'), [
    ...RACE,
    'plot',
  ])
    .option('--json', 'print one JSON document')
    .addHelpText('after', RACE_HELP)
    .action(async (_flags, command: Command) => {
      refuseForeign(command)
      done(await (await import('../bench/race/race.ts')).runRace(command.optsWithGlobals(), terminal))
    })
}

/** Flags that `bench` has too are taken by it, wherever they stand: one that the sub-command does not have is refused here. */
function refuseForeign(command: Command): void {
  const own = command.options.map(({ long }) => long)
  const foreign = command.parent?.options.find(
    (option) =>
      command.parent?.getOptionValueSource(option.attributeName()) === 'cli' && !own.includes(option.long),
  )
  if (foreign) command.error(`error: unknown option '${foreign.long}'`, { code: 'commander.unknownOption' })
}
