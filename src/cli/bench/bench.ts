// What every measurement does around its own work: its settings, its stage, its report.
import { resolve } from 'node:path'
import { EXIT, type ExitStatus, ExpectedError } from '../../errors.ts'
import { type Config, type Flags, readConfig } from '../config.ts'
import { COMMON, type SettingName } from '../settings.ts'
import type { Terminal } from '../terminal.ts'
import type { BenchDocument, Run } from './document.ts'
import { requirePlotFile } from './plot/plot-file.ts'
import { faultsOf, report } from './report.ts'
import { onStage, type Stage } from './stage.ts'

const SHARED = [...COMMON, 'inPlace', 'plot'] as const

/** Runs a measurement and tells of it. Exit status: operational where a task was lost or ran twice. */
export async function runBench<Name extends SettingName>(
  { name, settings, used, act, needsScratch = false }: Benchmark<Name>,
  flags: Flags,
  terminal: Terminal,
): Promise<ExitStatus> {
  const config = readConfig(`bench ${name}`.trim(), [...SHARED, ...settings], flags, terminal)
  if (needsScratch && config.inPlace) throw noScratch(name, 'Run it without --in-place.')
  const plotFile = config.plot === undefined ? undefined : resolve(terminal.cwd, config.plot)
  if (plotFile !== undefined) await requirePlotFile(plotFile)
  const startedAt = new Date().toISOString()
  const document = await onStage(config, terminal, async (stage): Promise<BenchDocument> => {
    if (needsScratch && stage.environment.place === 'in_place')
      throw noScratch(name, 'Run it with a role that may create databases: alter role NAME createdb')
    const runs = await act(stage, config)
    const faults = faultsOf(runs)
    return {
      benchmark: name === '' ? 'all' : name,
      started_at: startedAt,
      settings: shown({ ...config, ...used(config) }, settings),
      environment: stage.environment,
      runs,
      faults,
      ok: faults.length === 0,
    }
  })
  return report(terminal, document, { isJson: flags['json'] === true, plotFile })
}

function noScratch(name: string, hint: string): ExpectedError {
  return new ExpectedError(`bench ${name} fills a table, and needs a database of its own`, hint, EXIT.usage)
}

/** What a file of this folder measures. */
export interface Measurement<Name extends SettingName> {
  /** What stands for the settings that were not given, or that nobody can give. */
  readonly used: (config: Config<Name>) => Readonly<Record<string, number | boolean>>
  readonly act: (stage: Stage, config: Config<Name>) => Promise<Run[]>
  /** It fills tables, so never those of the user. */
  readonly needsScratch?: boolean
}

export interface Benchmark<Name extends SettingName> extends Measurement<Name> {
  /** Of the sub-command. */
  readonly name: string
  readonly settings: readonly Name[]
}

/** The settings of this measurement, as it used them. null: each of its runs has its own. */
function shown(
  config: Readonly<Record<string, unknown>>,
  names: readonly SettingName[],
): BenchDocument['settings'] {
  const hasTuned = 'tuned' in config ? ['tuned'] : []
  return Object.fromEntries([...names, ...hasTuned].map((name) => [snake(name), plain(config[name])]))
}

function plain(value: unknown): string | number | boolean | null {
  return typeof value === 'number' || typeof value === 'boolean'
    ? value
    : value === undefined
      ? null
      : String(value)
}

function snake(name: string): string {
  return name
    .replace(/^(bench|drain)(?=[A-Z])/, '')
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replace(/^_/, '')
}
