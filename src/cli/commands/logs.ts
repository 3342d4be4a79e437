// taskproc logs ID: the timeline of one task, at once or as it comes.
import { type LogItem, type NamedItem, readTimeline, TIMELINE_ROWS } from '../../db/timeline.ts'
import { EXIT, type ExitStatus, ExpectedError } from '../../errors.ts'
import { type TaskId, taskId } from '../../task/task.ts'
import { grouped } from '../../telemetry/words.ts'
import { type Flags, quoted } from '../config.ts'
import { Interrupted } from '../interruptible.ts'
import { follow } from '../logs/follow.ts'
import { itemLine } from '../logs/line.ts'
import { print, printJson } from '../output.ts'
import { idDigits, idSentence, noSuchTask, readIds, withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'
import { programName } from '../typed.ts'

/** With --follow, Ctrl+C is an ordinary end. */
export async function runLogs(text: string, flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const [id = 0] = readIds('logs', [text])
  const before = readBefore(flags)
  if (flags['follow']) return followLogs(id, flags, terminal)
  const page = await withStore('logs', flags, terminal, (pool) => readTimeline(pool, id, { before }))
  if (page === null) throw noSuchTask(id)
  const { items, next } = page
  if (flags['json']) printJson(terminal, { items, next })
  else if (items.length > 0) print(terminal, items.map(itemLine).join('\n'))
  if (next !== null)
    terminal.stderr.write(
      `only ${grouped(TIMELINE_ROWS)} rows of its log were read; what is older: ${programName(terminal)} logs ${id} --before ${next}\n`,
    )
  return EXIT.ok
}

/** Rows of a log have ids of their own. */
function readBefore(flags: Flags): TaskId | undefined {
  const given = flags['before']
  if (given === undefined) return undefined
  const hint = 'Run: taskproc logs --help'
  if (flags['follow'])
    throw new ExpectedError('--before looks back, and --follow ahead: not both', hint, EXIT.usage)
  const digits = idDigits(String(given))
  if (digits !== undefined) return taskId(digits)
  throw new ExpectedError(`--before: ${idSentence}, got ${quoted(String(given))}`, hint, EXIT.usage)
}

async function followLogs(id: TaskId, flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const { stdout, stderr } = terminal
  const lineOf = flags['json'] ? jsonLine : itemLine
  const follower = {
    say: (items: readonly NamedItem[]) => {
      stdout.write(items.map((item) => `${lineOf(item)}\n`).join(''))
      return stdout.writable
    },
    lost: (reason: string) => void stderr.write(`the database is away, waiting for it: ${reason}\n`),
  }
  try {
    await withStore('logs', flags, terminal, (pool, signal) => follow(pool, id, follower, signal))
  } catch (thrown) {
    if (!(thrown instanceof Interrupted)) throw thrown
  }
  return EXIT.ok
}

function jsonLine({ at, attempt, process, level, message }: LogItem): string {
  return JSON.stringify({ at, attempt, process, level, message })
}
