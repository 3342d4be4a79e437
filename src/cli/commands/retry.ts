// taskproc retry: sends tasks in error or cancelled round again, with all their attempts; by id, or by filter.
import { type RetryAnswer, retryNamed } from '../../db/retry.ts'
import { EXIT, type ExitStatus } from '../../errors.ts'
import { runBulk } from '../bulk/bulk.ts'
import { actOnEach, type Each } from '../bulk/each.ts'
import { readTarget } from '../bulk/target.ts'
import { RETRY } from '../bulk/verbs.ts'
import type { Flags } from '../config.ts'
import type { Terminal } from '../terminal.ts'

/** Exit status: operational when one of the tasks that were named could not be retried. */
export async function runRetry(
  texts: readonly string[],
  flags: Flags,
  terminal: Terminal,
): Promise<ExitStatus> {
  const target = readTarget(RETRY, texts, flags)
  if ('filter' in target) return runBulk({ verb: RETRY, filter: target.filter, flags, terminal })
  const answers = await actOnEach(EACH, target.ids, flags, terminal)
  return answers.every(({ answer }) => answer === 'retried') ? EXIT.ok : EXIT.operational
}

const EACH: Each<RetryAnswer> = {
  command: 'retry',
  act: retryNamed,
  item: ({ id, answer, reason, holder }) => ({ id, answer, reason, holder }),
  sentence({ answer, reason, holder }, isRehearsal) {
    if (answer === 'unknown') return 'no such task'
    if (answer === 'retried') return isRehearsal ? 'would be pending again' : 'is pending again'
    if (reason === 'unique_key')
      return holder === null
        ? 'a live task has its unique key'
        : `a live task, #${holder}, has its unique key`
    return reason === 'in_progress'
      ? 'is in progress'
      : `is ${reason}${reason === 'pending' ? ' already' : ''}`
  },
}
