// taskproc cancel ID...: pending tasks at once; running ones are told to stop.
import { type CancelAnswer, cancel } from '../../db/cancel.ts'
import { EXIT, type ExitStatus } from '../../errors.ts'
import type { Flags } from '../config.ts'
import { print, printJson } from '../output.ts'
import { readIds, withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'

const SENTENCES: Record<CancelAnswer['answer'], string> = {
  cancelled: 'cancelled',
  requested: 'runs now; its process was told to stop it',
  finished: 'has finished already',
  unknown: 'no such task',
}

/** Exit status: operational when one of the tasks could not be cancelled. */
export async function runCancel(
  texts: readonly string[],
  flags: Flags,
  terminal: Terminal,
): Promise<ExitStatus> {
  const ids = readIds('cancel', texts)
  const items = await withStore('cancel', flags, terminal, (pool) => cancel(pool, ids, 'operator'))
  if (flags['json']) printJson(terminal, { items })
  else for (const { id, answer } of items) print(terminal, `#${id} ${SENTENCES[answer]}`)
  const isDone = items.every(({ answer }) => answer === 'cancelled' || answer === 'requested')
  return isDone ? EXIT.ok : EXIT.operational
}
