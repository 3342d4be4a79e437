// The kinds that a process serves: the built-in ones, those of the handlers file, and programs.
import { resolve } from 'node:path'
import { EXIT, ExpectedError } from '../../errors.ts'
import { REVERSE } from '../../handlers/builtin/reverse.ts'
import type { Registry } from '../../handlers/handler.ts'
import type { Config } from '../config.ts'
import type { Terminal } from '../terminal.ts'

const NONE: Registry = new Map()

/** What is not asked for is not loaded. The user's kinds win over the built-in ones, and must not contradict each other. */
export async function readRegistry(
  { handlers, programs = [] }: Config<'handlers' | 'programs'>,
  { cwd, env }: Pick<Terminal, 'cwd' | 'env'>,
): Promise<Registry> {
  const coded =
    handlers === undefined
      ? NONE
      : await (await import('../../handlers/module.ts')).loadHandlers(resolve(cwd, handlers))
  const run =
    programs.length === 0
      ? NONE
      : (await import('../../handlers/programs.ts')).loadPrograms(programs, { cwd, path: env['PATH'] })
  const both = [...run.keys()].filter((kind) => coded.has(kind))
  if (both.length > 0) throw definedTwice(both, handlers, programs)
  return new Map([['reverse', REVERSE], ...coded, ...run])
}

function definedTwice(
  kinds: readonly string[],
  handlers: string | undefined,
  programs: readonly string[],
): ExpectedError {
  const lines = kinds.map((kind) => {
    const program = programs.find((definition) => definition.startsWith(`${kind}=`))
    return `${kind} is defined twice: by --handlers ${handlers} and by --exec ${program}`
  })
  return new ExpectedError(lines.join('\n'), 'Take one of them away, or give it another kind.', EXIT.usage)
}
