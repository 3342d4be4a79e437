// Settings as options of a command. They are read as text; config.ts parses them together with the environment and
// reports all problems at once.
import { type Command, Option } from 'commander'
import { LISTS, SETTINGS, type SettingName } from '../settings.ts'

/** Adds the flags of these settings, with their defaults and variables in the help. */
export function addSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const { flag, about, variable, default: initial } = SETTINGS[name]
    if (flag === undefined) throw new Error(`${name} has no flag`)
    const notes = [initial && initial !== 'false' && `default: ${initial}`, variable && `env: ${variable}`]
    const shown = notes.filter(Boolean).join(', ')
    const option = new Option(flag, shown ? `${about} (${shown})` : about)
    if (LISTS.includes(name)) option.argParser((value, before: string[] = []) => [...before, value])
    command.addOption(option)
  }
  return command
}
