// What the help looks like: commands in groups and in the order of their use, in lines that fit the terminal.
import { Command, Help, type Option } from 'commander'
import type { Output } from '../terminal.ts'

/** Of a pipe, a pager, and a terminal without a size. */
const DEFAULT_COLUMNS = 80
/** Longer lines are no easier to read. */
const MOST_COLUMNS = 100

export function helpColumns({ columns = 0 }: Output): number {
  return columns > 0 ? Math.min(columns, MOST_COLUMNS) : DEFAULT_COLUMNS
}

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'Set up:': ['migrate', 'seed', 'db'],
  'Bring work:': ['enqueue', 'schedule'],
  'Run it:': ['serve', 'api'],
  'Look:': ['stats', 'list', 'show', 'logs', 'why', 'doctor', 'verify'],
  'Act:': ['retry', 'cancel', 'prune', 'pause', 'resume'],
  'More:': ['bench', 'completion', 'help'],
}

const LAST = 'More:'

/** Gives each command the heading of its group. */
export function groupCommands(program: Command): void {
  for (const command of program.commands) {
    const [heading] = Object.entries(GROUPS).find(([, names]) => names.includes(command.name())) ?? []
    command.helpGroup(heading ?? LAST)
  }
}

/** `taskproc help`, and `taskproc help COMMAND`. */
export function helpCommand(): Command {
  return new Command('help')
    .argument('[command...]')
    .description('all about one command')
    .helpOption(false)
    .helpGroup(LAST)
}

/** The commands that the help of `parent` shows. */
export function inOrderOfUse(parent: Command): Command[] {
  const order = Object.values(GROUPS).flat()
  const place = (command: Command): number => (parent.parent === null ? order.indexOf(command.name()) : 0)
  return new Help().visibleCommands(parent).sort((a, b) => place(a) - place(b))
}

/** `only with this status: error, cancelled`; commander's own way is in brackets and quotes. */
export function withChoices({ description, argChoices }: Option): string {
  return argChoices === undefined ? description : `${description}: ${argChoices.join(', ')}`
}

const INDENT = '  '

/** `text` with no line wider than `columns`: a line goes on below, a comment behind an example goes under it. */
export function fittedHelp(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => (line.length <= columns ? [line] : fittedLine(line, columns)))
    .join('\n')
}

function fittedLine(line: string, columns: number): string[] {
  const [, indent = ''] = /^( *)/.exec(line) ?? []
  const [, example, comment] = /^( +\S.*?) {3,}(\S.*)$/.exec(line) ?? []
  if (example !== undefined && comment !== undefined && example.length <= columns)
    return [example, ...wrapped(comment, `${indent}${INDENT}${INDENT}`, columns)]
  return wrapped(line.trim(), indent, columns)
}

function wrapped(text: string, indent: string, columns: number): string[] {
  const lines: string[] = []
  let line = indent
  for (const word of text.split(' ')) {
    const isFull = line.trim() !== '' && line.length + 1 + word.length > columns
    if (isFull) lines.push(line)
    line = isFull ? `${indent}${word}` : line.trim() === '' ? `${line}${word}` : `${line} ${word}`
  }
  return [...lines, line]
}
