// taskproc cancel: pending tasks at once, running ones are told to stop; by id, or by filter.
import { type CancelAnswer, cancelNamed } from '../../db/cancel.ts'
import { EXIT, type ExitStatus } from '../../errors.ts'
import { runBulk } from '../bulk/bulk.ts'
import { actOnEach, type Each } from '../bulk/each.ts'
import { readTarget } from '../bulk/target.ts'
import { CANCEL } from '../bulk/verbs.ts'
import type { Flags } from '../config.ts'
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
  if ('filter' in target) return runBulk({ verb: CANCEL, filter: target.filter, flags, terminal })
  const answers = await actOnEach(EACH, target.ids, flags, terminal)
  const isDone = answers.every(({ answer }) => answer === 'cancelled' || answer === 'requested')
  return isDone ? EXIT.ok : EXIT.operational
}

const EACH: Each<CancelAnswer> = {
  command: 'cancel',
  act: cancelNamed,
  item: ({ id, answer, reason }) => ({ id, answer, reason }),
  sentence({ answer, reason }, isRehearsal) {
    const said = (isRehearsal ? REHEARSED : SENTENCES)[answer]
    return answer === 'finished' ? `${said}: ${reason}` : said
  },
}
