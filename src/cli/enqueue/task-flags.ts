// A task as flags and arguments: turned into the fields of a document, and problems back into the names that were typed.

import { EXIT, ExpectedError } from '../../errors.ts'
import { Inexact, parseExactJson } from '../../task/exact-json.ts'
import { type Problem, problemText, readNewTask } from '../../task/new-task.ts'
import type { NewTask } from '../../task/task.ts'
import type { Flags } from '../config.ts'

/** The fields of a task document, where they are said: KIND and PAYLOAD are arguments, the rest are flags. */
const SAID_AS = {
  kind: 'KIND',
  payload: 'PAYLOAD',
  queue: '--queue',
  priority: '--priority',
  run_at: '--at',
  delay: '--delay',
  max_attempts: '--max-attempts',
  unique_key: '--unique-key',
  timeout: '--timeout',
} as const

export interface TaskArguments {
  readonly kind?: string | undefined
  /** JSON text. */
  readonly payload?: string | undefined
  readonly flags: Flags
  /** A W3C trace context that its runs belong to. */
  readonly traceparent?: string | undefined
}

/** The document that was typed; what is left out is left out. `problems` has a payload that is no JSON. */
export function documentOf({ kind, payload, flags, traceparent }: TaskArguments): {
  document: Record<string, unknown>
  problems: Problem[]
} {
  const problems: Problem[] = []
  const typed = {
    kind,
    payload: payload === undefined ? undefined : parsed(payload, problems),
    queue: flags['queue'],
    priority: number(flags['priority']),
    run_at: flags['at'],
    delay: flags['delay'],
    max_attempts: number(flags['maxAttempts']),
    unique_key: flags['uniqueKey'],
    timeout: flags['timeout'],
    traceparent,
  }
  const document = Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== undefined))
  return { document, problems }
}

/** The task that was typed, and everything that is wrong with it. */
export function readTaskArguments(typed: TaskArguments): { task?: NewTask; problems: Problem[] } {
  const { document, problems } = documentOf(typed)
  const read = readNewTask(document)
  if ('task' in read) return { task: read.task, problems }
  return { problems: [...problems, ...read.problems] }
}

/** One line for each problem, under the name that was typed. */
export function usageError(command: string, problems: readonly Problem[]): ExpectedError {
  const lines = problems.map(({ field, problem }) =>
    problemText({ field: SAID_AS[field as keyof typeof SAID_AS] ?? field, problem }),
  )
  const isNoJson = problems.length === 1 && problems[0]?.problem.startsWith(NO_JSON)
  const hint = isNoJson ? PAYLOAD_HINT : `Run: taskproc ${command} --help`
  return new ExpectedError(lines.join('\n'), hint, EXIT.usage)
}

const PAYLOAD_HINT = `A payload is JSON, also where it is just a text: '{"to": "ada@example.com"}', '"a text"', 7`

const NO_JSON = 'is no JSON'
const SHOWN_CHARS = 60

function parsed(text: string, problems: Problem[]): unknown {
  try {
    return parseExactJson(text)
  } catch (thrown) {
    if (thrown instanceof Inexact) {
      problems.push({ field: 'payload', problem: thrown.message })
      return undefined
    }
    const shown = text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text
    problems.push({ field: 'payload', problem: `${NO_JSON}, got ${shown}` })
    return undefined
  }
}

/** What is no whole number stays as it was typed, to be refused with all the rest. */
function number(text: unknown): unknown {
  return typeof text === 'string' && /^[+-]?\d{1,15}$/.test(text) ? Number(text) : text
}
