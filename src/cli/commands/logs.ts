// taskproc logs ID: the timeline of one task, at once or as it comes.
import { type LogItem, type NamedItem, readTimeline, TIMELINE_ROWS } from '../../db/documents.ts'
import { EXIT, type ExitStatus } from '../../errors.ts'
import type { TaskId } from '../../task/task.ts'
import { grouped } from '../../telemetry/words.ts'
import type { Flags } from '../config.ts'
import { Interrupted } from '../interruptible.ts'
import { follow } from '../logs/follow.ts'
import { itemLine } from '../logs/line.ts'
import { print, printJson } from '../output.ts'
import { noSuchTask, readIds, withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'

/** With --follow, Ctrl+C is an ordinary end. */
export async function runLogs(text: string, flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const [id = 0] = readIds('logs', [text])
  if (flags['follow']) return followLogs(id, flags, terminal)
  const items = await withStore('logs', flags, terminal, (pool) => readTimeline(pool, id))
  if (items === null) throw noSuchTask(id)
  if (flags['json']) printJson(terminal, { items })
  else print(terminal, items.map(itemLine).join('\n'))
  if (items.length >= TIMELINE_ROWS)
    terminal.stderr.write(`only the newest ${grouped(TIMELINE_ROWS)} rows of its log were read\n`)
  return EXIT.ok
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
