// taskproc retry ID...: sends tasks in error or cancelled round again, with all their attempts.
import { type RetryAnswer, retry } from '../../db/retry.ts'
import { EXIT, type ExitStatus } from '../../errors.ts'
import type { Flags } from '../config.ts'
import { print, printJson } from '../output.ts'
import { readIds, withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'

const SENTENCES: Record<RetryAnswer['answer'], string> = {
  retried: 'is pending again',
  refused: 'is neither in error nor cancelled, or a live task has its unique key',
  unknown: 'no such task',
}

/** Exit status: operational when one of the tasks could not be retried. */
export async function runRetry(
  texts: readonly string[],
  flags: Flags,
  terminal: Terminal,
): Promise<ExitStatus> {
  const ids = readIds('retry', texts)
  const items = await withStore('retry', flags, terminal, (pool) => retry(pool, ids, 'operator'))
  if (flags['json']) printJson(terminal, { items })
  else for (const { id, answer } of items) print(terminal, `#${id} ${SENTENCES[answer]}`)
  return items.every(({ answer }) => answer === 'retried') ? EXIT.ok : EXIT.operational
}
