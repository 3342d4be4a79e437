// taskproc pause and resume: whether the tasks of a queue are claimed, by every process there is.
import { pause, type QueueRow, readQueues, resume } from '../../db/queues.ts'
import { EXIT, type ExitStatus, ExpectedError } from '../../errors.ts'
import { nameProblem } from '../../task/new-task.ts'
import type { Flags } from '../config.ts'
import { print, printJson } from '../output.ts'
import { withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'

/** Prints what is paused afterwards. Safe twice. */
export async function runQueues(
  verb: 'pause' | 'resume',
  flags: Flags,
  terminal: Terminal,
): Promise<ExitStatus> {
  const queue = readQueue(verb, flags)
  const { before, items } = await withStore(verb, flags, terminal, async (pool) => {
    const before = await readQueues(pool)
    await (verb === 'pause' ? pause(pool, queue) : resume(pool, queue))
    return { before, items: await readQueues(pool) }
  })
  // Said of a name that may be mistyped; what is as it was asked for is no error.
  if (verb === 'resume' && queue !== null && !isPaused(before, queue))
    terminal.stderr.write(`queue ${queue} was not paused\n`)
  if (flags['json']) printJson(terminal, { items })
  else print(terminal, sentence(items))
  return EXIT.ok
}

function readQueue(verb: string, flags: Flags): string | null {
  const queue = flags['queue']
  if (queue === undefined) return null
  const problem = nameProblem(queue)
  if (problem === undefined) return String(queue)
  throw new ExpectedError(`--queue: ${problem}`, `Run: taskproc ${verb} --help`, EXIT.usage)
}

function isPaused(items: readonly QueueRow[], queue: string): boolean {
  const row = items.find((item) => item.queue === queue) ?? items.find((item) => item.queue === null)
  return row !== undefined && row.paused_at !== null
}

/** `paused: a, b`, or `paused: every queue except a`. */
function sentence(items: readonly QueueRow[]): string {
  const named = (isPaused: boolean) =>
    items
      .filter(({ queue, paused_at }) => queue !== null && (paused_at !== null) === isPaused)
      .map(({ queue }) => queue)
  const served = named(false)
  if (items.some(({ queue }) => queue === null))
    return `paused: every queue${served.length > 0 ? ` except ${served.join(', ')}` : ''}`
  return items.length === 0 ? 'no queue is paused' : `paused: ${named(true).join(', ')}`
}
