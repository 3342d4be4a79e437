// taskproc logs ID: the timeline of one task, attempt by attempt.
import { readTimeline } from '../../db/documents.ts'
import { EXIT, type ExitStatus, ExpectedError } from '../../errors.ts'
import type { Flags } from '../config.ts'
import { printJson, printTable } from '../output.ts'
import { readIds, withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'

export async function runLogs(text: string, flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const [id = 0] = readIds('logs', [text])
  const items = await withStore('logs', flags, terminal, (pool) => readTimeline(pool, id))
  if (items === null)
    throw new ExpectedError(`there is no task ${id}`, 'Look at what there is: taskproc stats')
  if (flags['json']) printJson(terminal, { items })
  else {
    const rows = items.map(({ at, attempt, process, level, message }) => [
      at,
      attempt,
      process ?? '-',
      level,
      message,
    ])
    printTable(terminal, ['at', 'attempt', 'process', 'level', 'what happened'], rows)
  }
  return EXIT.ok
}
