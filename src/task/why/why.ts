// Why a task is not running: from what is known to one sentence and the next step. Pure.
import { quoted, timeText, type Why } from './answer.ts'
import type { WhyFacts } from './facts.ts'
import { endingIt, heldBy } from './lock.ts'
import { obstacles, whyDue } from './pending.ts'
import { whyRunning } from './running.ts'

/** With what would stand in the way next, were the first out of it. */
export type FullWhy = Why & { readonly also: readonly Why[] }

/** What stands in the way of this task first. `psql` is the command that reaches the database from a shell. */
export function why(facts: WhyFacts, psql = 'psql "$DATABASE_URL"'): FullWhy {
  const { status } = facts.task
  if (status === 'in_progress') return { ...whyRunning(facts), also: [] }
  if (status !== 'pending') return { ...whyFinished(facts, status), also: whyRetryWaits(facts, psql) }
  const [first, ...also] = obstacles(facts, psql)
  return { ...(first ?? whyDue(facts)), also }
}

function whyFinished({ task, owner }: WhyFacts, answer: 'done' | 'error' | 'cancelled'): Why {
  const { id, attempts, max_attempts, error } = task
  const ago = `${timeText(task.finished_seconds)} ago`
  const by = owner === null ? '' : ` on ${owner.name}`
  const next = `taskproc ${answer === 'done' ? 'show' : 'retry'} ${id}`
  if (answer === 'done') return { answer, sentence: `task ${id} is done: it finished ${ago}${by}.`, next }
  if (answer === 'cancelled') return { answer, sentence: `task ${id} was cancelled ${ago}.`, next }
  // A task in quarantine got its attempts back; its error says what happened.
  const after = attempts > 0 ? ` in attempt ${attempts} of ${max_attempts}` : ''
  return { answer, sentence: `task ${id} failed ${ago}${by}${after}: ${quoted(error ?? '')}.`, next }
}

/** What the next step would wait for. */
function whyRetryWaits({ task, lock }: WhyFacts, psql: string): Why[] {
  if (lock === null) return []
  const sentence = `a retry of task ${task.id} would wait because ${heldBy(lock)}.`
  return [{ answer: 'locked', sentence, next: endingIt(lock, psql) }]
}
