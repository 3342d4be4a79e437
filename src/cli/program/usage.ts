// Wrong command lines: which command was meant, and where the help for it is.
import type { Command, CommanderError } from 'commander'
import { EXIT, ExpectedError } from '../../errors.ts'
import { nearest } from '../../task/near.ts'

/** What other programs call it, for who has not read the help. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  list: ['ls', 'find', 'tasks', 'jobs', 'query'],
  stats: ['ps', 'top', 'queues', 'queue', 'info', 'monitor', 'metrics'],
  serve: ['start', 'run', 'work', 'worker', 'workers', 'up', 'process'],
  enqueue: ['add', 'push', 'insert', 'create', 'submit', 'new', 'put'],
  cancel: ['rm', 'delete', 'kill', 'stop', 'abort'],
  remove: ['rm', 'delete'],
  prune: ['clean', 'purge', 'vacuum', 'clear', 'truncate'],
  pause: ['queues', 'queue', 'hold', 'suspend'],
  resume: ['queues', 'queue', 'continue', 'unpause'],
  retry: ['rerun', 'requeue', 'restart'],
  schedule: ['cron', 'schedules', 'at'],
  migrate: ['init', 'setup', 'install', 'upgrade'],
  logs: ['tail', 'history', 'events', 'timeline'],
  show: ['get', 'inspect', 'describe', 'cat', 'task'],
  why: ['explain'],
  doctor: ['check', 'diagnose', 'health'],
  verify: ['fsck', 'audit'],
  completion: ['completions', 'autocomplete'],
}

/**
 * Turns `help X Y` into `X Y --help`, and throws where the words name a command that there is not: asked for help about
 * it, commander would show that of another one.
 */
export function withKnownCommand(program: Command, argv: readonly string[]): readonly string[] {
  const asksForHelp = argv[0] === 'help'
  const words = asksForHelp ? argv.slice(1) : argv
  let command = program
  for (const word of words) {
    if (word === 'help') continue
    if (word.startsWith('-') || command.commands.length === 0) break
    const next = command.commands.find((each) => each.name() === word)
    if (next === undefined) throw unknownCommand(command, word)
    command = next
  }
  return asksForHelp ? [...words, '--help'] : argv
}

function unknownCommand(parent: Command, word: string): ExpectedError {
  const names = parent
    .createHelp()
    .visibleCommands(parent)
    .map((command) => command.name())
  const called = names.filter((name) => OTHER_NAMES[name]?.includes(word.toLowerCase()))
  const meant = called.length > 0 ? called : nearest(word, names)
  const question = meant.length === 0 ? '' : `Did you mean ${meant.join(' or ')}? `
  return new ExpectedError(
    `unknown command '${word}'`,
    `${question}Run: ${pathOf(parent).join(' ')} --help`,
    EXIT.usage,
  )
}

/** `error: unknown option '--queu'\n(Did you mean --queue?)` in two lines, with the help that belongs to it. */
export function usageError(
  program: Command,
  { code, message }: CommanderError,
  argv: readonly string[],
): ExpectedError {
  const help = `Run: ${pathOf(commandOf(program, argv)).join(' ')} --help`
  if (code === 'commander.help')
    return new ExpectedError(`${argv.join(' ')}: a command is missing`, help, EXIT.usage)
  const [problem = '', suggestion] = message.replace(/^error: /, '').split('\n')
  const hint = suggestion === undefined ? help : `${suggestion.replace(/^\((.*)\)$/, '$1')} ${help}`
  return new ExpectedError(problem, hint, EXIT.usage)
}

function commandOf(program: Command, argv: readonly string[]): Command {
  let command = program
  for (const word of argv) command = command.commands.find((each) => each.name() === word) ?? command
  return command
}

function pathOf(command: Command): string[] {
  return command.parent === null ? [command.name()] : [...pathOf(command.parent), command.name()]
}
