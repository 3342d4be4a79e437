// Programs beside functions: a program as the handler of a kind, with all the options that a kind can have.
import { EXIT, ExpectedError } from '../errors.ts'
import { parseCommand } from '../handlers/command-line.ts'
import { findExecutable } from '../handlers/executable.ts'
import type { Handler } from '../handlers/handler.ts'
import { programHandler } from '../handlers/program.ts'

/**
 * The handler that `taskproc serve --exec KIND=COMMAND` makes: `{ handler: program('./resize.py --fast'), limit: 2 }`. A
 * relative path starts from `cwd`, by default the working directory, in which the program runs too. Throws an
 * ExpectedError where such a program cannot be run; a bare name is looked for in PATH when it is.
 */
export function program(command: string, { cwd = process.cwd() }: { cwd?: string } = {}): Handler {
  const parsed = parseCommand(command)
  if ('problem' in parsed) throw refusal(command, parsed.problem)
  if (parsed.type === 'shell' || !parsed.program.includes('/')) return programHandler(parsed, cwd)
  const file = findExecutable(parsed.program, { cwd, path: undefined })
  if (typeof file !== 'string') throw refusal(command, file.problem)
  return programHandler({ ...parsed, program: file }, cwd)
}

function refusal(command: string, problem: string): ExpectedError {
  const hint =
    "Words need no shell: program('./resize.py --fast'); with one it is program('shell: sort | uniq -c')."
  return new ExpectedError(`program ${JSON.stringify(command)}: ${problem}`, hint, EXIT.usage)
}
