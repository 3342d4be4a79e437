// taskproc pause and resume: whether the tasks of a queue are claimed, by every process there is.
import { readKnownQueues } from '../../db/known-queues.ts'
import { pause, type QueueRow, readQueues, resume } from '../../db/queues.ts'
import { EXIT, type ExitStatus, ExpectedError } from '../../errors.ts'
import { nearest } from '../../task/near.ts'
import { nameProblem } from '../../task/new-task.ts'
import { shellWord } from '../../task/typed.ts'
import { oneLine } from '../../telemetry/words.ts'
import { columnsOf } from '../columns.ts'
import type { Flags } from '../config.ts'
import { print, printJson } from '../output.ts'
import { withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'
import { typed } from '../typed.ts'
import { wrap } from '../wrap.ts'

/** Prints what is paused afterwards, and on stderr what may be a mistyped name. Safe twice. */
export async function runQueues(
  verb: 'pause' | 'resume',
  flags: Flags,
  terminal: Terminal,
): Promise<ExitStatus> {
  const queue = readQueue(verb, flags)
  const { before, known, items } = await withStore(verb, flags, terminal, async (pool) => {
    const before = await readQueues(pool)
    const known = verb === 'pause' && queue !== null ? await readKnownQueues(pool) : []
    await (verb === 'pause' ? pause(pool, queue) : resume(pool, queue))
    return { before, known, items: await readQueues(pool) }
  })
  const doubt =
    queue === null ? undefined : (verb === 'pause' ? doubtOfPause : doubtOfResume)(queue, known, before)
  if (doubt !== undefined) sayDoubt(doubt, terminal)
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

interface Doubt {
  readonly text: string
  /** A line of its own, whole, so that it can be copied. */
  readonly undo?: string
}

const LONGEST_LINE = 1000

function sayDoubt({ text, undo }: Doubt, terminal: Terminal): void {
  const { stderr } = terminal
  const lines = wrap(oneLine(text, LONGEST_LINE), columnsOf(stderr))
  const all = undo === undefined ? lines : [...lines, oneLine(typed(undo, terminal), LONGEST_LINE)]
  stderr.write(`${all.join('\n')}\n`)
}

/** A queue may be paused before it is used for the first time; more often its name is mistyped. */
function doubtOfPause(queue: string, known: readonly string[]): Doubt | undefined {
  if (known.includes(queue)) return undefined
  return {
    text: `queue ${queue} has no task, and no process serves it by name${didYouMean(queue, known)}.`,
    undo: `It stays paused until: taskproc resume --queue ${shellWord(queue)}`,
  }
}

/** What is as it was asked for is no error. */
function doubtOfResume(queue: string, _: unknown, before: readonly QueueRow[]): Doubt | undefined {
  if (isPaused(before, queue)) return undefined
  const paused = before.flatMap((row) => (row.queue !== null && row.paused_at !== null ? [row.queue] : []))
  return { text: `queue ${queue} was not paused${didYouMean(queue, paused)}` }
}

function didYouMean(queue: string, names: readonly string[]): string {
  const meant = nearest(queue, names)
  return meant.length === 0 ? '' : ` (did you mean ${meant.join(' or ')}?)`
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
