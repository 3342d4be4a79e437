// The help of every command: it fits 80 columns, has a purpose and examples, and the examples are true.
import { PassThrough } from 'node:stream'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { fittedHelp } from '../../../src/cli/program/help.ts'
import { createProgram } from '../../../src/cli/program/program.ts'
import { parseCommand } from '../../../src/handlers/command-line.ts'
import { taskproc } from '../../support/cli.ts'
import { expectRefusal } from '../refusal.ts'

function program(): Command {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
  return createProgram({ env: {}, cwd: '/', ...streams }, () => {})
}

/** `schedule add` and its like, without the hidden ones. */
function pathsOf(parent: Command, before: readonly string[] = []): string[][] {
  const shown = parent
    .createHelp()
    .visibleCommands(parent)
    .filter((command) => command.name() !== 'help')
  return shown.flatMap((command) => {
    const path = [...before, command.name()]
    return [path, ...pathsOf(command, path)]
  })
}

const PATHS = pathsOf(program())

it('is this, for all of it', async () => {
  const { stdout } = await taskproc(['--help'])
  await expect(stdout).toMatchFileSnapshot('help.txt')
})

describe.each(PATHS.map((path) => path.join(' ')))('of %s', (path) => {
  it('has a purpose, fits 80 columns, and its examples are taken by the program', async () => {
    const finished = await taskproc(['help', ...path.split(' ')])
    expect(finished).toMatchObject({ exitCode: 0, stderr: '' })
    expect(finished.lines[0]).toMatch(new RegExp(`^Usage: taskproc ${path}( |$)`))
    expect(finished.lines[2]).toMatch(/^\S.*[^.]$/)
    expect(finished.lines.filter((line) => line.length > 80)).toEqual([])
    const examples = examplesOf(finished.stdout)
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) await accept(example)
  })
})

it('is the same by help X Y, X help Y and X Y --help', async () => {
  const [first, ...others] = await Promise.all(
    [
      ['help', 'schedule', 'add'],
      ['schedule', 'help', 'add'],
      ['schedule', 'add', '--help'],
    ].map((args) => taskproc(args)),
  )
  expect(first?.lines[0]).toMatch(/^Usage: taskproc schedule add /)
  for (const { stdout } of others) expect(stdout).toBe(first?.stdout)
})

it('is not that of another command where there is none of that name', async () => {
  for (const args of [
    ['help', 'stast'],
    ['stast', '--help'],
  ])
    expectRefusal(
      await taskproc(args),
      2,
      /^error: unknown command 'stast'$/,
      /^Did you mean stats\? Run: taskproc --help$/,
    )
  for (const args of [
    ['help', 'schedule', 'ad'],
    ['schedule', 'help', 'ad'],
    ['schedule', 'ad', '-h'],
    ['schedule', 'ad'],
  ])
    expectRefusal(
      await taskproc(args),
      2,
      /^error: unknown command 'ad'$/,
      /^Did you mean add\? Run: taskproc schedule --help$/,
    )
})

it.each([
  ['ls', /^Did you mean list\? /],
  ['delete', /^Did you mean .*cancel/],
  ['serv', /^Did you mean serve\? /],
  ['schedule rm', /^Did you mean remove\? /],
])('guesses what was meant by %s', async (line, hint) => {
  expectRefusal(await taskproc(line.split(' ')), 2, /^error: unknown command '\w+'$/, hint)
})

it.each([
  ['serve --queu x', '--queue', 'serve'],
  ['schedule list --jsn', '--json', 'schedule list'],
  ['schedule add --timzone x', '--timezone', 'schedule add'],
])('guesses the option of %s, and names the help of that very command', async (line, option, path) => {
  const hint = new RegExp(`^Did you mean ${option}\\? Run: taskproc ${path} --help$`)
  expectRefusal(await taskproc(line.split(' ')), 2, /^error: unknown option '--\w+'$/, hint)
})

it('fits other widths too: words go on below, the comment of an example goes under it', () => {
  const text =
    'short\n  one two three four five\n  taskproc why 7     a comment of it\nunbreakableunbreakable'
  expect(fittedHelp(text, 20).split('\n')).toEqual([
    'short',
    '  one two three four',
    '  five',
    '  taskproc why 7',
    '      a comment of',
    '      it',
    'unbreakableunbreakable',
  ])
})

/** The commands among the examples, each with what stands before it in a pipe taken off. */
function examplesOf(help: string): string[] {
  const [, section = ''] = /^Examples?:\n((?: {2}.*\n?)+)/m.exec(help) ?? []
  return section
    .split('\n')
    .map((line) => line.trim().replace(/ {3,}.*$/, ''))
    .flatMap((line) => /(?:^|\$\(|<\(|\| |\S+=\S+ )(taskproc [^|>)]*)/.exec(line)?.[1]?.trim() ?? [])
}

/** Throws where the program would refuse this line; nothing is run. */
async function accept(example: string): Promise<void> {
  const idle = program()
  const visit = (command: Command): void => {
    // Of those with sub-commands, bench alone does something without one.
    if (command.commands.length === 0 || command.name() === 'bench') command.action(() => {})
    for (const each of command.commands) visit(each)
  }
  visit(idle)
  const command = parseCommand(example)
  const args = 'args' in command ? command.args : []
  await idle.parseAsync(args, { from: 'user' }).catch((thrown: unknown) => {
    throw new Error(`the example ${JSON.stringify(example)} is refused`, { cause: thrown })
  })
}
