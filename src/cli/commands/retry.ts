// taskproc retry: sends tasks in error or cancelled round again, with all their attempts; by id, or by filter.
import { type RetryAnswer, retry } from '../../db/retry.ts'
import { rolledBack } from '../../db/rolled-back.ts'
import { EXIT, type ExitStatus } from '../../errors.ts'
import type { TaskId } from '../../task/task.ts'
import { runBulk } from '../bulk/bulk.ts'
import { readTarget } from '../bulk/target.ts'
import { OPERATOR, RETRY } from '../bulk/verbs.ts'
import type { Flags } from '../config.ts'
import { print, printJson } from '../output.ts'
import { withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'

/** Exit status: operational when one of the tasks that were named could not be retried. */
export async function runRetry(
  texts: readonly string[],
  flags: Flags,
  terminal: Terminal,
): Promise<ExitStatus> {
  const target = readTarget(RETRY, texts, flags)
  if ('ids' in target) return retryEach(target.ids, flags, terminal)
  return runBulk({ verb: RETRY, filter: target.filter, flags, terminal })
}

async function retryEach(ids: readonly TaskId[], flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const isRehearsal = flags['dryRun'] === true
  const answers = await withStore('retry', flags, terminal, (pool) =>
    isRehearsal ? rolledBack(pool, (db) => retry(db, ids, OPERATOR)) : retry(pool, ids, OPERATOR),
  )
  const items = answers.map(({ id, answer, reason, holder }) => ({ id, answer, reason, holder }))
  if (flags['json']) printJson(terminal, { ...(isRehearsal ? { dry_run: true } : {}), items })
  else for (const item of items) print(terminal, `#${item.id} ${sentence(item, isRehearsal)}`)
  return items.every(({ answer }) => answer === 'retried') ? EXIT.ok : EXIT.operational
}

function sentence({ answer, reason, holder }: RetryAnswer, isRehearsal: boolean): string {
  if (answer === 'unknown') return 'no such task'
  if (answer === 'retried') return isRehearsal ? 'would be pending again' : 'is pending again'
  if (reason === 'unique_key')
    return holder === null ? 'a live task has its unique key' : `a live task, #${holder}, has its unique key`
  return reason === 'in_progress' ? 'is running' : `is ${reason}${reason === 'pending' ? ' already' : ''}`
}
