// Commands as they can be typed where the program was started: it may be on PATH, behind npx, or a path.
import { realpathSync } from 'node:fs'
import { delimiter, isAbsolute, join, relative, sep } from 'node:path'
import { shellWord } from '../task/typed.ts'
import type { Terminal } from './terminal.ts'

const NAME = 'taskproc'

/** Where a program stands that somebody started. */
type Started = Pick<Terminal, 'program' | 'env' | 'cwd'>

/**
 * What a shell in `cwd` finds this program by: `taskproc`, `npx taskproc`, or a path. npm puts node_modules/.bin on the
 * PATH of what it starts, and on that of nobody else.
 */
export function programName({ program, env, cwd }: Started): string {
  if (program === undefined) return NAME
  if (env['npm_command'] === 'exec' || env['npm_lifecycle_event'] !== undefined) return `npx ${NAME}`
  if (isOnPath(program, env['PATH'] ?? '')) return NAME
  const near = relative(cwd, program)
  const typed = near.includes(sep) ? near : `.${sep}${near}`
  return shellWord(typed.length < program.length && !isAbsolute(near) ? typed : program)
}

/** Whether the first `taskproc` on PATH, which is the one that a shell takes, is this very program. */
function isOnPath(program: string, path: string): boolean {
  const [found] = path
    .split(delimiter)
    .filter((directory) => isAbsolute(directory))
    .flatMap((directory) => fileOf(join(directory, NAME)) ?? [])
  return found !== undefined && found === fileOf(program)
}

function fileOf(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

/** Every command of the program, and what may stand in its place. A test compares them with the program. */
export const COMMANDS: readonly string[] = [
  ...['migrate', 'seed', 'db', 'enqueue', 'schedule', 'serve', 'api', 'stats', 'list', 'show', 'logs', 'why'],
  ...['doctor', 'verify', 'retry', 'cancel', 'prune', 'pause', 'resume', 'bench', 'completion', 'help'],
]

/** Not the name in other sentences, such as that of the schema. */
const TYPED = new RegExp(`(?<![\\w./-])${NAME}(?= (?:${COMMANDS.join('|')}|--help)\\b)`, 'g')

/** `text` of ours with its commands as they can be typed here. Not for what came from tasks, nor for documents. */
export function typed(text: string, started: Started): string {
  if (!text.includes(NAME)) return text
  return text.replace(TYPED, () => programName(started))
}
