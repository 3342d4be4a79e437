// taskproc enqueue: one task from the command line, or a file of them.
import { readTask } from '../../db/documents.ts'
import { enqueue } from '../../db/enqueue.ts'
import { findLive } from '../../db/live-keys.ts'
import type { Pool } from '../../db/pool.ts'
import { EXIT, type ExitStatus, ExpectedError } from '../../errors.ts'
import { LIMITS } from '../../task/limits.ts'
import type { Problem } from '../../task/new-task.ts'
import type { NewTask, TaskDocument, TaskId } from '../../task/task.ts'
import { readTraceparent } from '../../task/traceparent.ts'
import { oneLine } from '../../telemetry/words.ts'
import type { Flags } from '../config.ts'
import { liveProblem, placeOf } from '../enqueue/batch.ts'
import { enqueueFile } from '../enqueue/file.ts'
import { documentOf, readTaskArguments, usageError } from '../enqueue/task-flags.ts'
import { warnUnserved } from '../enqueue/unserved.ts'
import { waitForTask } from '../enqueue/wait.ts'
import { print, printJson } from '../output.ts'
import { withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'

/** Exit status: operational when a task was refused, or (with --wait) did not end in `done`. */
export async function runEnqueue(
  kind: string | undefined,
  payload: string | undefined,
  flags: Flags,
  terminal: Terminal,
): Promise<ExitStatus> {
  const misplaced = misplacedFlags(payload, flags)
  // Who starts programs inside of a trace says so by this variable; whatever else is in it is not for us.
  const traceparent = readTraceparent(terminal.env['TRACEPARENT'])
  if (flags['file'] !== undefined) {
    const { document, problems } = documentOf({ kind, flags, traceparent })
    if (misplaced.length + problems.length > 0) throw usageError('enqueue', [...misplaced, ...problems])
    return enqueueFile(String(flags['file']), document, flags, terminal)
  }
  const { task, problems } = readTaskArguments({ kind, payload, flags, traceparent })
  if (task === undefined || misplaced.length + problems.length > 0)
    throw usageError('enqueue', [...misplaced, ...problems])
  return enqueueOne(task, flags, terminal)
}

function misplacedFlags(payload: string | undefined, flags: Flags): Problem[] {
  const isFile = flags['file'] !== undefined
  const wrong = [
    {
      field: 'payload',
      isWrong: isFile && payload !== undefined,
      problem: 'each line of --file has its own',
    },
    {
      field: 'unique_key',
      isWrong: isFile && flags['uniqueKey'] !== undefined,
      problem: 'each line of --file needs its own',
    },
    {
      field: '--wait',
      isWrong: isFile && flags['wait'] === true,
      problem: 'waits for one task, not for those of --file',
    },
    {
      field: '--strict',
      isWrong: !isFile && flags['strict'] === true,
      problem: 'is for the lines of --file',
    },
  ]
  return wrong.filter(({ isWrong }) => isWrong)
}

async function enqueueOne(task: NewTask, flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  if (flags['wait']) return enqueueAndWait(task, flags, terminal)
  const { id, document } = await withStore('enqueue', flags, terminal, async (pool) => {
    const id = await insert(pool, task)
    await warnUnserved(pool, [placeOf(task)], terminal)
    return { id, document: flags['json'] ? await readTask(pool, id) : null }
  })
  if (flags['json']) printJson(terminal, document)
  else print(terminal, `enqueued #${id} of kind ${task.kind}`)
  return EXIT.ok
}

/** Whatever happens while it waits, the user learns which task stays behind. */
async function enqueueAndWait(task: NewTask, flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  let waitsFor: TaskId | undefined
  try {
    const document = await withStore('enqueue', flags, terminal, async (pool, signal) => {
      waitsFor = await insert(pool, task)
      await warnUnserved(pool, [placeOf(task)], terminal)
      return waitForTask(pool, waitsFor, signal)
    })
    waitsFor = undefined
    return printOutcome(document, flags, terminal)
  } catch (thrown) {
    if (waitsFor === undefined || !(thrown instanceof ExpectedError)) throw thrown
    const hint = `#${waitsFor} stays enqueued. Look at it: taskproc show ${waitsFor}`
    throw new ExpectedError(thrown.message, hint, thrown.exitStatus, thrown)
  }
}

function printOutcome(document: TaskDocument, flags: Flags, terminal: Terminal): ExitStatus {
  const { id, status, result, error } = document
  if (flags['json']) printJson(terminal, document)
  else if (status === 'done') printJson(terminal, result)
  if (status === 'done') return EXIT.ok
  const what = status === 'error' ? `#${id} ended in error: ${error}` : `#${id} was cancelled`
  throw new ExpectedError(oneLine(what, LIMITS.errorChars), `See what happened: taskproc logs ${id}`)
}

async function insert(pool: Pool, task: NewTask): Promise<TaskId> {
  const [id = null] = await enqueue(pool, [task])
  if (id !== null) return id
  const live = await findLive(pool, task.uniqueKey === undefined ? [] : [task.uniqueKey])
  const holder = live.get(task.uniqueKey ?? '')
  const hint = holder === undefined ? 'Enqueue it again.' : `Look at it: taskproc show ${holder}`
  throw new ExpectedError(liveProblem(task, live), hint)
}
