// What may come next on a command line: read from the commander program itself, so that it is never out of date.
import { type Argument, type Command, Help, type Option } from 'commander'

interface Candidate {
  readonly value: string
  readonly about: string
}

export interface Completions {
  readonly candidates: readonly Candidate[]
  /** File names of the shell's own. */
  readonly files: boolean
}

const NOTHING: Completions = { candidates: [], files: false }
const FILES: Completions = { candidates: [], files: true }

/**
 * What may stand at the end of `words` (what follows `taskproc`, up to the word under the cursor, which may be empty).
 * bash takes `--flag=value` apart at its `=`; the other shells do not.
 */
export function completions(program: Command, words: readonly string[]): Completions {
  const current = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const { command, operands, pending, onlyOperands } = walk(
    program,
    before[0] === 'help' ? before.slice(1) : before,
  )
  if (pending !== undefined) return ofOption(pending, current === '=' ? '' : current, '')
  const [, flag, value] = /^(--[^=]+)=(.*)$/.exec(current) ?? []
  if (flag !== undefined && value !== undefined) {
    const option = command.options.find(({ long }) => long === flag)
    return option === undefined ? NOTHING : ofOption(option, value, `${flag}=`)
  }
  if (current.startsWith('-') && !onlyOperands) return matching(optionsOf(command, before), current)
  if (command.commands.length > 0) return operands === 0 ? matching(commandsOf(command), current) : NOTHING
  const argument = command.registeredArguments[operands] ?? lastVariadic(command)
  const found = argument === undefined ? NOTHING : ofArgument(argument, current)
  const isOpen = found === NOTHING && current === '' && !onlyOperands && before[0] !== 'help'
  return isOpen ? matching(optionsOf(command, before), '') : found
}

/** For the scripts: a candidate in each line, behind a tab what it is; `:files` asks for file names. */
export function completionText({ candidates, files }: Completions): string {
  const lines = candidates.map(({ value, about }) => `${value}\t${about}`)
  return [...lines, ...(files ? [':files'] : [])].map((line) => `${line}\n`).join('')
}

interface Place {
  readonly command: Command
  /** How many arguments of it stand there already. */
  readonly operands: number
  /** The option whose value comes next. */
  readonly pending: Option | undefined
  /** Behind `--`. */
  readonly onlyOperands: boolean
}

function walk(program: Command, words: readonly string[]): Place {
  let command = program
  let operands = 0
  let pending: Option | undefined
  let onlyOperands = false
  for (const [index, word] of words.entries()) {
    const isSplit = word === '=' && words[index - 1]?.startsWith('--')
    if (isSplit) continue
    if (pending !== undefined) pending = undefined
    else if (word === '--') onlyOperands = true
    else if (word.startsWith('-') && !onlyOperands) pending = optionWithValue(command, word)
    else {
      const next = operands === 0 ? command.commands.find((each) => each.name() === word) : undefined
      command = next ?? command
      operands = next === undefined ? operands + 1 : 0
    }
  }
  return { command, operands, pending, onlyOperands }
}

function optionWithValue(command: Command, word: string): Option | undefined {
  return command.options.find(({ long, short, required }) => required && (long === word || short === word))
}

function ofOption(option: Option, current: string, prefix: string): Completions {
  const choices = option.argChoices ?? []
  if (choices.length === 0) return /<file>/.test(option.flags) ? FILES : NOTHING
  // One of a list with commas: what comes before the last one stays, and is not offered again.
  const [, done = '', last = ''] = /^(.*,)?([^,]*)$/.exec(current) ?? []
  const others = choices.filter((value) => !done.split(',').includes(value))
  const values = others.map((value) => ({ value: `${prefix}${done}${value}`, about: '' }))
  return matching(values, `${prefix}${done}${last}`)
}

function ofArgument(argument: Argument, current: string): Completions {
  const choices = argument.argChoices ?? []
  return choices.length === 0
    ? NOTHING
    : matching(
        choices.map((value) => ({ value, about: '' })),
        current,
      )
}

function lastVariadic(command: Command): Argument | undefined {
  const last = command.registeredArguments.at(-1)
  return last?.variadic ? last : undefined
}

function commandsOf(parent: Command): Candidate[] {
  const shown = parent.createHelp().visibleCommands(parent)
  return shown.map((command) => ({
    value: command.name(),
    about: command.summary() || command.description(),
  }))
}

/** Those that are not there yet, or may be repeated. */
function optionsOf(command: Command, words: readonly string[]): Candidate[] {
  return new Help()
    .visibleOptions(command)
    .filter(
      ({ long, short, parseArg }) =>
        parseArg !== undefined || !words.some((word) => word === long || word === short),
    )
    .map(({ long, short, description }) => ({ value: long ?? short ?? '', about: description }))
}

function matching(candidates: readonly Candidate[], current: string): Completions {
  return { candidates: candidates.filter(({ value }) => value.startsWith(current)), files: false }
}
