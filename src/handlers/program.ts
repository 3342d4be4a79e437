// A program in any language as a handler: the payload on its stdin, the result on its stdout, its words in the task's log.
import { execa } from 'execa'
import { LIMITS } from '../task/limits.ts'
import { graceMsOf } from '../task/stop.ts'
import type { JsonValue } from '../task/task.ts'
import type { Command } from './command-line.ts'
import type { Handler, HandlerContext } from './handler.ts'
import { Lines } from './lines.ts'
import { ProcessGroup, raiseGuard } from './process-group.ts'
import { failureOf, resultOf, tooMuch } from './program-end.ts'
import { ProgramOutput } from './program-output.ts'

/** Between TERM and KILL passes this share of what the engine waits: it is dead before its claim is given up. */
const TERM_SHARE = 0.8
/** How long something that it left running may hold its output open. */
const LEFTOVER_MS = 1_000
/** Credentials of this process. A program that uses the database is given its own URL, under another name. */
const CREDENTIALS = ['DATABASE_URL', 'LISTEN_DATABASE_URL', 'TASKPROC_API_TOKEN']
/** The trace that `serve` was started in, if any, is not that of the task. */
const WITHHELD = [...CREDENTIALS, 'TRACEPARENT', 'TRACESTATE']

/**
 * A handler that runs `command` (with the absolute path of its program) in the directory `cwd`, once for each attempt.
 * Status 0 is done; 65 has failed for good; 75, any other status and a signal have failed. Told to stop, its process
 * group gets TERM and then KILL. Nothing of the group outlives the run.
 */
export function programHandler(command: Command, cwd: string): Handler {
  return async (payload, context) => {
    const { signal } = context
    signal.throwIfAborted()
    raiseGuard()
    const child = start(command, cwd, payload, context.task)
    const group = new ProcessGroup(child.pid, () => {
      child.stdout.destroy()
      child.stderr.destroy()
    })
    const stop = () => group.stop(graceMsOf(signal.reason) * TERM_SHARE)
    signal.addEventListener('abort', stop, { once: true })
    // Told to stop, the others of the group have the rest of the grace.
    child.once('exit', () => signal.aborted || group.endAfter(LEFTOVER_MS))
    const output = new ProgramOutput(LIMITS.resultBytes, () => group.stop(0))
    child.stdout.on('data', (chunk: Uint8Array) => output.add(chunk))
    const end = logLines(child.stderr, context)
    const ended = await child
    const lastLine = end()
    group.end()
    signal.removeEventListener('abort', stop)
    if (output.isTooMuch) throw tooMuch()
    if (ended.exitCode === 0) return resultOf(output)
    signal.throwIfAborted()
    throw failureOf(ended, lastLine)
  }
}

/** Each line goes to the log of the attempt. The returned function ends it, and gives the last line. */
function logLines(stderr: NodeJS.ReadableStream, { log }: HandlerContext): () => string {
  let last = ''
  const lines = new Lines(LIMITS.logLineChars, (line) => {
    last = line
    log(line)
  })
  stderr.on('data', (chunk: Uint8Array) => lines.add(chunk))
  return () => {
    lines.end()
    return last
  }
}

function start(command: Command, cwd: string, payload: JsonValue, task: HandlerContext['task']) {
  const isShell = command.type === 'shell'
  const withheld = Object.fromEntries(WITHHELD.map((name) => [name, undefined]))
  return execa(isShell ? '/bin/sh' : command.program, isShell ? ['-c', command.script] : command.args, {
    cwd,
    env: { ...withheld, ...variables(task) },
    // With a line end, for shells that read a line.
    input: `${JSON.stringify(payload)}\n`,
    encoding: 'buffer',
    // It is read here, with a limit on what is kept.
    buffer: false,
    // A group of its own, so that what it starts is reached too, and Ctrl+C in the terminal reaches none of it.
    detached: true,
    cleanup: false,
    reject: false,
  })
}

function variables({
  id,
  kind,
  queue,
  attempt,
  maxAttempts,
  claimNumber,
  traceparent,
}: HandlerContext['task']): Record<string, string> {
  return {
    TASKPROC_TASK_ID: String(id),
    TASKPROC_KIND: kind,
    TASKPROC_QUEUE: queue,
    TASKPROC_ATTEMPT: String(attempt),
    TASKPROC_MAX_ATTEMPTS: String(maxAttempts),
    TASKPROC_CLAIM_NUMBER: String(claimNumber),
    ...(traceparent === null ? {} : { TRACEPARENT: traceparent }),
  }
}
