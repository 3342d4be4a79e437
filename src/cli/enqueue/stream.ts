// A stream of tasks, one JSON document in each line: inserted in batches, a few of them at once. What is in memory is
// bounded, whatever the length of the stream.
import type { Pool } from '../../db/pool.ts'
import { LIMITS } from '../../task/limits.ts'
import { type Defaults, insertLines, type LineAnswer, readTaskLine } from './batch.ts'
import { readTextLines, type TextLine } from './text-lines.ts'

/** They keep the server busy while the next one is read; more would wait for each other, and for memory. */
const BATCHES_IN_FLIGHT = 2
/** A batch ends with the line that reaches this: long lines must not pile up to a batch of gigabytes. */
const BATCH_BYTES = LIMITS.payloadBytes

export interface StreamParts {
  pool: Pool
  defaults: Defaults
  /** Heard between batches. */
  signal: AbortSignal
  /** Called for batch after batch, with the lines in their order; resolves when more may come. */
  answer(answers: readonly LineAnswer[]): Promise<void>
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
  const flying: { lastLine: number; answers: Promise<LineAnswer[]> }[] = []

  async function send(lines: readonly TextLine[]): Promise<void> {
    if (flying.length === BATCHES_IN_FLIGHT) await land()
    signal.throwIfAborted()
    const lastLine = lines.at(-1)?.number ?? 0
    const answers = insertLines(pool, lines, defaults)
    // Whoever waits for it hears of its failure; until then nobody may be waiting.
    answers.catch(() => {})
    flying.push({ lastLine, answers })
    progress.sentLine = lastLine
  }

  async function land(): Promise<void> {
    const [first] = flying
    if (first === undefined) return
    // One that fails stays the first: nothing behind it is answered.
    await answer(await first.answers)
    progress.answeredLine = first.lastLine
    flying.shift()
  }

  try {
    for await (const lines of readBatches(input)) await send(lines)
  } finally {
    while (flying.length > 0) await land()
  }
}

/** Answers each line that is wrong in itself, and inserts nothing. */
export async function checkStream(
  input: AsyncIterable<Buffer | string>,
  { defaults, signal, answer }: Omit<StreamParts, 'pool'>,
): Promise<void> {
  for await (const lines of readBatches(input)) {
    signal.throwIfAborted()
    const wrong = lines.flatMap((line) => {
      const read = readTaskLine(line, defaults)
      return 'problem' in read ? [{ line: line.number, problem: read.problem }] : []
    })
    await answer(wrong)
  }
}

async function* readBatches(input: AsyncIterable<Buffer | string>): AsyncGenerator<TextLine[]> {
  let batch: TextLine[] = []
  let bytes = 0
  for await (const lines of readTextLines(input)) {
    for (const line of lines) {
      batch.push(line)
      bytes += line.bytes
      if (batch.length < LIMITS.batchRows && bytes < BATCH_BYTES) continue
      yield batch
      batch = []
      bytes = 0
    }
  }
  if (batch.length > 0) yield batch
}
