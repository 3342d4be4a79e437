// A `taskproc serve` under test: started by its settings, watched by the events of its log.
import type { Child } from '../support/child.ts'
import { HANDLERS, spawnTaskproc } from '../support/cli.ts'
import { eventually } from '../support/eventually.ts'

const EVENT_DEADLINE_MS = 30_000

export interface LogLine {
  readonly event?: string
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

export interface ServeSettings {
  name?: string
  workers?: number
  lease?: string
  fetchInterval?: string
  fetchLimit?: number
  drainTimeout?: string
  blockedLimit?: string
  crashLimit?: number
  queue?: string
  retain?: string
  untilEmpty?: boolean
}

export interface Serving extends Child {
  /** The lines of its log so far that tell of `event`, and that `matches` wants. */
  logged(event: string, matches?: (line: LogLine) => boolean): LogLine[]
  /** Resolves when `count` such lines are there; rejects at the deadline, or when it ends without them. */
  saw(
    event: string,
    options?: { count?: number; deadlineMs?: number; matches?: (line: LogLine) => boolean },
  ): Promise<LogLine[]>
}

export interface ServeOptions {
  readonly settings?: ServeSettings
  /** Default: the test handlers. */
  readonly handlers?: string
  /** As KIND=COMMAND. */
  readonly programs?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** Starts `taskproc serve` on `url` with the test handlers, and a log that shows each task. */
export function serve(url: string, options: ServeOptions = {}): Serving {
  const { settings = {}, env = {}, handlers = HANDLERS, programs = [] } = options
  const commands = programs.flatMap((program) => ['--exec', program])
  const args = ['serve', '--handlers', handlers, ...commands, ...Object.entries(settings).flatMap(flag)]
  const child = spawnTaskproc(args, { ...options, env: { DATABASE_URL: url, LOG_LEVEL: 'debug', ...env } })
  let hasEnded = false
  void child.exit.then(() => {
    hasEnded = true
  })
  const logged: Serving['logged'] = (event, matches = () => true) =>
    linesOf(child.output()).filter((line) => line.event === event && matches(line))
  const saw: Serving['saw'] = async (
    event,
    { count = 1, deadlineMs = EVENT_DEADLINE_MS, matches = () => true } = {},
  ) => {
    const found = () => (logged(event, matches).length >= count ? logged(event, matches) : undefined)
    const look = () => found() ?? (hasEnded && 'ended')
    const answer = await eventually(event, look, { deadlineMs }).catch(() => 'late')
    if (typeof answer === 'object') return answer
    // It may have written the line and ended between two looks.
    const last = found()
    if (last !== undefined) return last
    throw new Error(
      `${answer === 'ended' ? 'serve ended' : `after ${deadlineMs} ms serve`} has not told of ${count} ${event}, but:\n${child.output()}`,
    )
  }
  return { ...child, logged, saw }
}

/** Resolves when it has registered and begun to claim. */
export async function serving(url: string, options: ServeOptions = {}): Promise<Serving> {
  const process = serve(url, options)
  await process.saw('process.started')
  return process
}

function flag([name, value]: [string, string | number | boolean]): string[] {
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  if (value === false) return []
  return value === true ? [flag] : [flag, String(value)]
}

function linesOf(output: string): LogLine[] {
  return output.split('\n').flatMap((text) => {
    try {
      return text.startsWith('{') ? [JSON.parse(text) as LogLine] : []
    } catch {
      // The last one may have come in part.
      return []
    }
  })
}
