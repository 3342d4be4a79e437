// A process of its own that calls the embedded server: it reads `verb [arguments]` lines and answers each by a line.
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Child, startChild } from '../support/child.ts'

const DIST = join(import.meta.dirname, '../../dist/postgres')
export const NOBODY = 65534

const CODE = `
  import { createInterface } from 'node:readline'
  const verbs = { ...await import('${DIST}/embedded.js'), ...await import('${DIST}/binaries.js') }
  const say = (...words) => process.stdout.write(words.map((word) => word + '\\n').join(''))
  const onEvent = ({ type }) => say('event ' + type)
  for await (const line of createInterface({ input: process.stdin })) {
    const [verb, first, ...rest] = JSON.parse(line)
    await verbs[verb]({ onEvent, ...first }, ...rest).then(
      (answer) => say('answer ' + JSON.stringify(answer)),
      ({ name, message, hint }) => say('error ' + JSON.stringify({ name, message, hint })),
    )
  }
  // Not a clean end: nobody in here releases anything.
  process.exit(0)
`

export interface Caller extends Child {
  /** Asks for one call. At most one at a time. */
  ask(verb: string, ...args: unknown[]): void
  /** Asks and waits for the answer; what was thrown comes as `{ error: { name, message, hint } }`. */
  call(verb: string, ...args: unknown[]): Promise<Record<string, unknown>>
}

/** Starts a caller, as an unprivileged user when `asNobody` is set (only root can). */
export function startCaller({ asNobody = false } = {}): Caller {
  const node = [process.execPath, '--input-type=module', '-e', CODE]
  const lend = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
  const [file = '', ...args] = asNobody ? [...lend, ...node] : node
  const child = startChild(file, args, { env: { PATH: '/usr/local/bin:/usr/bin:/bin' }, cwd: '/' })
  let answers = 0
  const ask = (verb: string, ...rest: unknown[]): void => child.write(`${JSON.stringify([verb, ...rest])}\n`)
  const call = async (verb: string, ...rest: unknown[]): Promise<Record<string, unknown>> => {
    ask(verb, ...rest)
    const found = await child.waitForOutput(
      new RegExp(`^(?:[\\s\\S]*?^(?:answer|error) .*$){${answers}}[\\s\\S]*?^(answer|error) (.*)$`, 'm'),
    )
    answers++
    const value: unknown = JSON.parse(found[2] ?? '')
    return found[1] === 'error' ? { error: value } : { answer: value }
  }
  return { ...child, ask, call }
}

export const isRoot = process.getuid?.() === 0

/** Whether an unprivileged user could run the build: checkout and Node may lie where nobody else may go. */
export function nobodyCanRead(): boolean {
  return isRoot && existsSync('/usr/bin/setpriv') && [DIST, process.execPath].every(isOpenToAll)
}

/** What is not there yet is made open: the parents decide. */
function isOpenToAll(path: string): boolean {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0o001
  return (mode & 0o001) !== 0 && (path === dirname(path) || isOpenToAll(dirname(path)))
}
