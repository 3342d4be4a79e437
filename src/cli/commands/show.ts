// taskproc show ID: one task as a document.
import { readTask } from '../../db/documents.ts'
import { EXIT, type ExitStatus, ExpectedError } from '../../errors.ts'
import type { Flags } from '../config.ts'
import { printJson, printTable } from '../output.ts'
import { readIds, withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'

export async function runShow(text: string, flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const [id = 0] = readIds('show', [text])
  const task = await withStore('show', flags, terminal, (pool) => readTask(pool, id))
  if (task === null)
    throw new ExpectedError(`there is no task ${id}`, 'Look at what there is: taskproc stats')
  if (flags['json']) printJson(terminal, task)
  else {
    const rows = Object.entries(task).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ])
    printTable(terminal, ['field', 'value'], rows)
  }
  return EXIT.ok
}
