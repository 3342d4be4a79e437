// taskproc show ID: one task as a page for people, or as the document that every door gives.
import { readTask } from '../../db/documents.ts'
import { readHistory } from '../../db/history.ts'
import { readClockMs } from '../../db/schedules.ts'
import { EXIT, type ExitStatus } from '../../errors.ts'
import { bold, screenColumns } from '../columns.ts'
import type { Flags } from '../config.ts'
import { print, printJson } from '../output.ts'
import { pageLines } from '../show/page.ts'
import { noSuchTask, readIds, withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'
import { programName } from '../typed.ts'

export async function runShow(text: string, flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const [id = 0] = readIds('show', [text])
  const { task, history, nowMs } = await withStore('show', flags, terminal, async (pool) => {
    const task = await readTask(pool, id)
    if (task === null) throw noSuchTask(id)
    if (flags['json']) return { task, history: [], nowMs: 0 }
    return { task, history: await readHistory(pool, id), nowMs: await readClockMs(pool) }
  })
  if (flags['json']) printJson(terminal, task)
  else {
    const [title = '', ...lines] = pageLines(
      { task, history, nowMs, program: programName(terminal) },
      screenColumns(terminal),
    )
    print(terminal, [bold(title, terminal), ...lines].join('\n'))
  }
  return EXIT.ok
}
