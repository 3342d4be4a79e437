// The options of an engine in a program: the same settings as `taskproc serve` has, with the same defaults and bounds.

import { uniqueName } from '../cli/process-name.ts'
import type { ValueOf } from '../cli/settings/checks.ts'
import { VALUES } from '../cli/settings/values.ts'
import { SETTINGS, type SettingName } from '../cli/settings.ts'
import type { EngineOptions as CoreOptions } from '../engine/options.ts'
import { EXIT, ExpectedError } from '../errors.ts'
import type { Definitions, Duration } from '../handlers/define.ts'
import { shown } from '../handlers/options.ts'
import { toRegistry } from '../handlers/registry.ts'
import { parseDuration } from '../task/duration.ts'

export interface EngineSettings<Payloads> {
  /** Of the database that holds the tasks. A URL and not a pool: the lease is kept on a thread, by a connection of its own. */
  readonly databaseUrl: string
  /** A direct way to the same database, for LISTEN, where `databaseUrl` is a transaction pooler. */
  readonly listenDatabaseUrl?: string | undefined
  /** From `defineHandlers`, or as it takes them. A kind that is missing is not claimed. */
  readonly handlers: Definitions<Payloads>
  /** The queues to serve. Default: every queue. */
  readonly queues?: readonly string[] | undefined
  /** How many tasks run at once. Default: 5. */
  readonly workers?: number | undefined
  /** How many tasks one claim takes at most. Default: 10. */
  readonly fetchLimit?: number | undefined
  /** The longest wait between two claims. Default: 5 s. */
  readonly fetchInterval?: Duration | undefined
  /** How long running tasks may go on after `drain`. Default: 30 s. */
  readonly drainTimeout?: Duration | undefined
  /** How long this process may be silent before others take its tasks over. Default: 15 s. */
  readonly lease?: Duration | undefined
  /** How long a handler may block this process before its lease is not renewed any more. Default: 5 min. */
  readonly blockedLimit?: Duration | undefined
  /** After so many processes died under a task it is quarantined. Default: 3. */
  readonly crashLimit?: number | undefined
  /** What logs and stats call this process. Default: host, pid and a random part. */
  readonly name?: string | undefined
  /** Delete tasks that finished longer ago. Default: nothing is deleted. */
  readonly retain?: Duration | undefined
  /** Stop when nothing is left to run. Default: false. */
  readonly untilEmpty?: boolean | undefined
}

type CheckedSettings = Omit<CoreOptions, 'pool' | 'version' | 'emit'>

/** The setting of `serve` behind each option. */
const NAMES = {
  databaseUrl: 'databaseUrl',
  listenDatabaseUrl: 'listenDatabaseUrl',
  queues: 'queues',
  workers: 'workers',
  fetchLimit: 'fetchLimit',
  fetchInterval: 'fetchIntervalMs',
  drainTimeout: 'drainTimeoutMs',
  lease: 'leaseMs',
  blockedLimit: 'blockedLimitMs',
  crashLimit: 'crashLimit',
  name: 'processName',
  retain: 'retainMs',
  untilEmpty: 'untilEmpty',
} as const satisfies Record<Exclude<keyof EngineSettings<unknown>, 'handlers'>, SettingName>

type Option = keyof typeof NAMES
type OptionValue<Each extends Option> = ValueOf<(typeof VALUES)[(typeof NAMES)[Each]]>

const DURATIONS: readonly Option[] = ['fetchInterval', 'drainTimeout', 'lease', 'blockedLimit', 'retain']
const OTHERS = ['handlers', 'onEvent', 'logger']

/** Throws one ExpectedError with a line for each wrong option. */
export function readEngineSettings<Payloads>(options: EngineSettings<Payloads>): CheckedSettings {
  const problems = Object.keys(options)
    .filter((name) => !Object.hasOwn(NAMES, name) && !OTHERS.includes(name))
    .map((name) => `${name} is no option; there are ${[...Object.keys(NAMES), ...OTHERS].join(', ')}`)
  const read = <Each extends Option>(option: Each): OptionValue<Each> => {
    const given = options[option]
    const checked = VALUES[NAMES[option]](
      given === undefined ? SETTINGS[NAMES[option]].default : textOf(option, given),
    )
    if ('value' in checked) return checked.value as OptionValue<Each>
    problems.push(`${option}: ${checked.sentence}, got ${shown(given)}`)
    return undefined as OptionValue<Each>
  }
  const databaseUrl = read('databaseUrl') ?? ''
  if (options.databaseUrl === undefined) problems.push('databaseUrl is missing')
  const settings: CheckedSettings = {
    databaseUrl,
    listenUrl: read('listenDatabaseUrl') ?? databaseUrl,
    queues: read('queues') ?? null,
    workers: read('workers'),
    fetchLimit: read('fetchLimit'),
    fetchIntervalMs: read('fetchInterval'),
    drainTimeoutMs: read('drainTimeout'),
    leaseMs: read('lease'),
    blockedLimitMs: read('blockedLimit'),
    crashLimit: read('crashLimit'),
    name: read('name') ?? uniqueName(),
    retainMs: read('retain'),
    untilEmpty: read('untilEmpty'),
    registry: toRegistry(options.handlers),
  }
  if (problems.length === 0) return settings
  throw new ExpectedError(
    problems.join('\n'),
    'See the type EngineOptions for what each option may be.',
    EXIT.usage,
  )
}

/** As it would stand on the command line. There a bare number is seconds; here it is milliseconds, and a text has its unit. */
function textOf(option: Option, given: unknown): unknown {
  if (Array.isArray(given)) return given
  if (!DURATIONS.includes(option)) return String(given)
  const ms = typeof given === 'number' ? given : parseDuration(String(given))
  return ms === undefined ? 'no time' : `${ms}ms`
}
