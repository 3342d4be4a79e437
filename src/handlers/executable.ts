// Finding the program of a command before it is needed: what could only fail later is said at the start.
import { accessSync, closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'

/** How much of a file is read to find its first line. */
const FIRST_LINE_BYTES = 256

export interface Place {
  /** What a relative path starts from. */
  readonly cwd: string
  /** The directories in which a name without a slash is looked for, as PATH has them; undefined: not looked for. */
  readonly path: string | undefined
}

type Problem = { readonly problem: string }

/** The absolute path of `program`, or why it cannot be run. */
export function findExecutable(program: string, { cwd, path }: Place): string | Problem {
  if (program.includes('/')) return executableAt(resolve(cwd, program), program, path)
  const found = inPath(program, path)
  if (found !== undefined) return executableAt(found, program, path)
  const isHere = look(join(cwd, program))?.isFile() === true
  return {
    problem: `there is no ${program} in PATH${isHere ? `; the one of this directory is ./${program}` : ''}`,
  }
}

function executableAt(file: string, program: string, path: Place['path']): string | Problem {
  const found = look(file)
  if (found === undefined) return { problem: `there is no ${program}` }
  if (!found.isFile()) return { problem: `${program} is not a file` }
  if (!isExecutable(file)) return { problem: `${program} is not executable: chmod +x ${program}` }
  const [line, interpreter = '', argument = ''] =
    /^#![ \t]*([^\s\0]+)[ \t]*([^\s\0]*)[^\n]*/.exec(firstBytes(file)) ?? []
  if (line === undefined) return file
  const wrong = `the first line of ${program} is ${JSON.stringify(line)}:`
  if (line.endsWith('\r'))
    return { problem: `${wrong} it ends with a carriage return, save it with Unix line ends` }
  if (!isExecutable(interpreter)) return { problem: `${wrong} there is no ${interpreter}` }
  const isByName = interpreter.endsWith('/env') && /^\w[\w.+-]*$/.test(argument)
  if (isByName && path !== undefined && inPath(argument, path) === undefined)
    return { problem: `${wrong} there is no ${argument} in PATH` }
  return file
}

function inPath(name: string, path: Place['path']): string | undefined {
  const folders = (path ?? '').split(delimiter).filter(isAbsolute)
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

/** Undefined also where a directory on the way may not be entered. */
function look(file: string): Stats | undefined {
  try {
    return statSync(file)
  } catch {
    return undefined
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return look(file)?.isFile() === true
  } catch {
    return false
  }
}

function firstBytes(file: string): string {
  const buffer = Buffer.alloc(FIRST_LINE_BYTES)
  try {
    const descriptor = openSync(file, 'r')
    try {
      return buffer.toString('latin1', 0, readSync(descriptor, buffer))
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // It may be run and not read.
    return ''
  }
}
