// Configuration: flag, then environment, then .env, then default. Read here and nowhere below; all problems at once.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import dotenv from 'dotenv'
import { codeOf, EXIT, ExpectedError } from '../errors.ts'
import type { ValueOf } from './settings/checks.ts'
import { VALUES } from './settings/values.ts'
import { flagProperty, SETTINGS, type SettingName } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** What commander parsed: the options of one command. */
export type Flags = Readonly<Record<string, unknown>>

export type Config<Name extends SettingName> = { [Each in Name]: ValueOf<(typeof VALUES)[Each]> }

interface Raw {
  readonly value: unknown
  /** Where the user wrote it, to name in a message. */
  readonly source: string
}

/** The settings `names` of `command` as values. Throws one ExpectedError (exit 2) with a line for each that is wrong. */
export function readConfig<Name extends SettingName>(
  command: string,
  names: readonly Name[],
  flags: Flags,
  terminal: Pick<Terminal, 'env' | 'cwd'>,
): Config<Name> {
  const file = readEnvFile(terminal.cwd)
  const raws = new Map(names.map((name) => [name, rawValue(name, flags, terminal.env, file)]))
  const values: Partial<Config<Name>> = {}
  const problems: string[] = []
  for (const [name, { value, source }] of raws) {
    const checked = VALUES[name](value)
    if ('value' in checked) values[name] = checked.value as Config<Name>[Name]
    else problems.push(`${source}: ${checked.sentence}${got(name, value)}`)
  }
  if (problems.length === 0) return values as Config<Name>
  const isFlag = problems.some((problem) => problem.startsWith('--'))
  const hint = isFlag ? `Run: taskproc ${command} --help` : 'Correct it, or unset it to have the default.'
  throw new ExpectedError(problems.join('\n'), hint, EXIT.usage)
}

/** The environment, with NO_COLOR also from `.env`: what is drawn depends on it before any setting is read. */
export function withNoColor({ env, cwd }: Pick<Terminal, 'env' | 'cwd'>): Terminal['env'] {
  return { NO_COLOR: readEnvFile(cwd)['NO_COLOR'], ...env }
}

function rawValue(name: SettingName, flags: Flags, env: Terminal['env'], file: Terminal['env']): Raw {
  const setting = SETTINGS[name]
  const given = setting.flag === undefined ? undefined : flags[flagProperty(setting.flag)]
  if (given !== undefined) {
    return { value: given === true ? 'true' : given, source: setting.flag?.split(' ', 1)[0] ?? name }
  }
  const variable = setting.variable ?? ''
  // An empty variable is an unset one: that is how compose files and shells hand on what is not there.
  if (env[variable]) return { value: env[variable].trim(), source: variable }
  if (file[variable]) return { value: file[variable].trim(), source: `${variable} in .env` }
  return { value: setting.default, source: name }
}

const SHOWN_CHARS = 60

function got(name: SettingName, value: unknown): string {
  // A URL that cannot be taken apart may hold a password anywhere.
  const isSecret = name === 'databaseUrl' || name === 'listenDatabaseUrl'
  const text = Array.isArray(value) ? value.join(',') : String(value)
  if (name === 'apiToken') return ' (not shown)'
  if (isSecret && text.includes('@')) return ', got something else (not shown, it may hold a password)'
  return `, got ${quoted(text)}`
}

/** What a user wrote, as an error repeats it. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text)
}

function readEnvFile(cwd: string): Terminal['env'] {
  try {
    return dotenv.parse(readFileSync(join(cwd, '.env')))
  } catch (thrown) {
    const code = codeOf(thrown)
    // A directory of that name is somebody's virtual environment, not ours.
    if (code === 'ENOENT' || code === 'EISDIR') return {}
    if (code !== 'EACCES') throw thrown
    throw new ExpectedError(
      `cannot read ${join(cwd, '.env')}: permission denied`,
      'Allow reading it, or run from elsewhere.',
      EXIT.usage,
    )
  }
}
