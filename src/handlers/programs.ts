// From the commands of a user to the kinds that they run: everything that can be known at the start is checked then.
import { EXIT, ExpectedError } from '../errors.ts'
import { nameProblem } from '../task/new-task.ts'
import { type Command, parseCommand } from './command-line.ts'
import { findExecutable, type Place } from './executable.ts'
import type { Registration, Registry } from './handler.ts'
import { programHandler } from './program.ts'

const HINT = `A program is named as KIND=COMMAND, such as thumbnails=./resize.py, or with a shell: 'count=shell: wc -w | head -1'.`

/**
 * A registration for each `KIND=COMMAND`. A relative path starts from the working directory, a bare name is looked for in
 * PATH. Throws one ExpectedError with a line for each that cannot be run.
 */
export function loadPrograms(definitions: readonly string[], place: Place): Registry {
  const registry = new Map<string, Registration>()
  const problems: string[] = []
  for (const definition of definitions) {
    const [kind, registration] = readDefinition(definition, place)
    if ('problem' in registration) problems.push(`--exec ${definition}: ${registration.problem}`)
    else if (registry.has(kind)) problems.push(`--exec ${definition}: ${kind} has a program already`)
    else registry.set(kind, registration)
  }
  if (problems.length > 0) throw new ExpectedError(problems.join('\n'), HINT, EXIT.usage)
  return registry
}

function readDefinition(
  definition: string,
  place: Place,
): [string, Registration | { readonly problem: string }] {
  const [, kind = '', text] = /^([^=]*)=(.*)$/s.exec(definition) ?? []
  if (text === undefined) return [kind, { problem: 'there is no = in it' }]
  const wrong = nameProblem(kind)
  if (wrong !== undefined) return [kind, { problem: `its kind ${wrong}` }]
  const command = located(parseCommand(text), place)
  return [kind, 'problem' in command ? command : { handler: programHandler(command, place.cwd) }]
}

function located(
  command: ReturnType<typeof parseCommand>,
  place: Place,
): Command | { readonly problem: string } {
  if ('problem' in command || command.type === 'shell') return command
  const program = findExecutable(command.program, place)
  return typeof program === 'string' ? { ...command, program } : program
}
