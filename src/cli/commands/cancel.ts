// taskproc cancel: pending tasks at once, running ones are told to stop; by id, or by filter.
import { type CancelAnswer, cancel } from '../../db/cancel.ts'
import { rolledBack } from '../../db/rolled-back.ts'
import { EXIT, type ExitStatus } from '../../errors.ts'
import type { TaskId } from '../../task/task.ts'
import { runBulk } from '../bulk/bulk.ts'
import { readTarget } from '../bulk/target.ts'
import { CANCEL, OPERATOR } from '../bulk/verbs.ts'
import type { Flags } from '../config.ts'
import { print, printJson } from '../output.ts'
import { withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'

type Sentences = Record<CancelAnswer['answer'], string>

const SENTENCES: Sentences = {
  cancelled: 'cancelled',
  requested: 'runs now; its process was told to stop it',
  finished: 'has finished already',
  unknown: 'no such task',
}

const REHEARSED: Sentences = {
  ...SENTENCES,
  cancelled: 'would be cancelled',
  requested: 'runs now; its process would be told to stop it',
}

/** Exit status: operational when one of the tasks that were named could not be cancelled. */
export async function runCancel(
  texts: readonly string[],
  flags: Flags,
  terminal: Terminal,
): Promise<ExitStatus> {
  const target = readTarget(CANCEL, texts, flags)
  if ('ids' in target) return cancelEach(target.ids, flags, terminal)
  return runBulk({ verb: CANCEL, filter: target.filter, flags, terminal })
}

async function cancelEach(ids: readonly TaskId[], flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const isRehearsal = flags['dryRun'] === true
  const answers = await withStore('cancel', flags, terminal, (pool) =>
    isRehearsal ? rolledBack(pool, (db) => cancel(db, ids, OPERATOR)) : cancel(pool, ids, OPERATOR),
  )
  const items = answers.map(({ id, answer, reason }) => ({ id, answer, reason }))
  if (flags['json']) printJson(terminal, { ...(isRehearsal ? { dry_run: true } : {}), items })
  else
    for (const { id, answer, reason } of items) {
      const said = (isRehearsal ? REHEARSED : SENTENCES)[answer]
      print(terminal, `#${id} ${said}${answer === 'finished' ? `: ${reason}` : ''}`)
    }
  const isDone = items.every(({ answer }) => answer === 'cancelled' || answer === 'requested')
  return isDone ? EXIT.ok : EXIT.operational
}
