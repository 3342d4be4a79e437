// A stream of tasks, one JSON document in each line: checked, inserted in batches, a few of them at once. What is in
// memory is bounded, whatever the length of the stream.
import pLimit from 'p-limit'
import type { Pool } from '../db/pool.ts'
import { LIMITS } from '../task/limits.ts'
import { problemText, readNewTask } from '../task/new-task.ts'
import type { NewTask } from '../task/task.ts'
import { insertLines, type LineAnswer, type TaskLine } from './enqueue-batch.ts'
import { readTextLines, type TextLine } from './text-lines.ts'

/** Two keep the server busy while the next is made; more wait for each other. */
const BATCHES_IN_FLIGHT = 3
/** A batch ends with the line that reaches this: long lines must not pile up to a batch of gigabytes. */
const BATCH_BYTES = LIMITS.payloadBytes

export interface StreamParts {
  pool: Pool
  /** Fields for lines that leave them out. */
  defaults: Readonly<Record<string, unknown>>
  /** Heard between batches. */
  signal: AbortSignal
  /** Called for every line: refused ones as they are read, the others in their order. Resolves when more may come. */
  answer(answer: LineAnswer): Promise<void> | void
}

/** How far a stream has come, also where it ended in an error. */
export interface Progress {
  /** Every line up to this one is in or refused. */
  answeredLine: number
  /** Every line after this one is not in. */
  sentLine: number
}

/** Inserts what is right. Throws when the input cannot be read, or the database not used. */
export async function enqueueStream(
  input: AsyncIterable<Buffer | string>,
  { pool, defaults, signal, answer }: StreamParts,
  progress: Progress,
): Promise<void> {
  const limit = pLimit(BATCHES_IN_FLIGHT)
  const flying: { lastLine: number; answers: Promise<LineAnswer[]> }[] = []
  let batch: TaskLine[] = []
  let batchBytes = 0

  async function send(lastLine: number): Promise<void> {
    signal.throwIfAborted()
    const lines = batch
    batch = []
    batchBytes = 0
    const answers = limit(() => insertLines(pool, lines))
    // Whoever waits for it hears of its failure; until then nobody may be waiting.
    answers.catch(() => {})
    flying.push({ lastLine, answers })
    progress.sentLine = lastLine
    if (flying.length > BATCHES_IN_FLIGHT) await land()
  }

  async function land(): Promise<void> {
    const [first] = flying
    if (first === undefined) return
    // One that fails stays the first: nothing behind it is answered.
    for (const one of await first.answers) await answer(one)
    progress.answeredLine = first.lastLine
    flying.shift()
  }

  async function readAll(): Promise<void> {
    let lastLine = 0
    for await (const lines of readTextLines(input)) {
      for (const line of lines) {
        lastLine = line.number
        const read = readTaskLine(line, defaults)
        if ('problem' in read) await answer({ line: lastLine, problem: read.problem })
        else batch.push({ line: lastLine, task: read.task })
        batchBytes += line.bytes
        if (batch.length === LIMITS.batchRows || batchBytes >= BATCH_BYTES) await send(lastLine)
      }
    }
    await send(lastLine)
  }

  try {
    await readAll()
  } finally {
    while (flying.length > 0) await land()
  }
}

/** Calls `answer` for each line that is wrong in itself, and inserts nothing. */
export async function checkStream(
  input: AsyncIterable<Buffer | string>,
  { defaults, signal, answer }: Omit<StreamParts, 'pool'>,
): Promise<void> {
  for await (const lines of readTextLines(input)) {
    signal.throwIfAborted()
    for (const line of lines) {
      const read = readTaskLine(line, defaults)
      if ('problem' in read) await answer({ line: line.number, problem: read.problem })
    }
  }
}

function readTaskLine(
  { text, problem = '' }: TextLine,
  defaults: StreamParts['defaults'],
): { task: NewTask } | { problem: string } {
  if (text === null) return { problem }
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (thrown) {
    return { problem: `is no JSON: ${thrown instanceof Error ? thrown.message : ''}` }
  }
  const read = readNewTask(document, defaults)
  return 'task' in read ? read : { problem: read.problems.map(problemText).join('; ') }
}
