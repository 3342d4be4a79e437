// Who has locked a task, in words.
import { timeText } from './answer.ts'
import type { WhyLock } from './facts.ts'

/** `session 7 (psql, idle in transaction) has held a lock on its row for 2 min`. */
export function heldBy(
  { pid, application, state, since_seconds, is_table }: WhyLock,
  what = 'its row',
): string {
  const about = [application, state].filter(Boolean).join(', ')
  const who = pid === null ? 'another transaction' : `session ${pid}${about && ` (${about})`}`
  const since = since_seconds === null ? '' : ` for ${timeText(since_seconds)}`
  return `${who} has held a lock on ${is_table ? 'the whole table taskproc.tasks' : what}${since}`
}

/** The command that ends the session; null where there is none to end. `psql` reaches the database from a shell. */
export function endingIt({ pid }: WhyLock, psql: string): string | null {
  return pid === null ? null : `${psql} -c 'select pg_terminate_backend(${pid})'`
}
