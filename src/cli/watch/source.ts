// The database as the screen sees it: what is read for each page, and what its keys change.
import { OPERATOR } from '../../db/act.ts'
import { type CancelAnswer, cancelNamed } from '../../db/cancel.ts'
import { readTask } from '../../db/documents.ts'
import { connectionError, type Pool } from '../../db/pool.ts'
import { pause, resume } from '../../db/queues.ts'
import { type RetryAnswer, retryNamed } from '../../db/retry.ts'
import { readOldestSnapshot } from '../../db/snapshots.ts'
import { readBacklog } from '../../db/stats/backlog.ts'
import { readFailures } from '../../db/stats/failures.ts'
import { readStats } from '../../db/stats/stats.ts'
import { readTimeline } from '../../db/timeline.ts'
import { codeOf, messageOf } from '../../errors.ts'
import type { TaskId } from '../../task/task.ts'
import { type Act, MOST_FAILURES, type Overview, type TaskView } from './state.ts'

export type Change = Extract<Act, { queue: string } | { id: TaskId }>

/** One statement after the other: a screen is no reason to take more than one connection. */
export async function readOverview(pool: Pool, options: { exact: boolean }): Promise<Overview> {
  return {
    stats: await readStats(pool, options),
    backlog: await readBacklog(pool),
    failures: await readFailures(pool, MOST_FAILURES),
    snapshot: await readOldestSnapshot(pool),
  }
}

export async function readTaskView(pool: Pool, id: TaskId): Promise<TaskView> {
  return { id, task: await readTask(pool, id), timeline: (await readTimeline(pool, id))?.items ?? [] }
}

const CANCELLED: Record<CancelAnswer['answer'], string> = {
  cancelled: 'is cancelled',
  requested: 'runs now; its process was told to stop it',
  finished: 'has finished already',
  unknown: 'does not exist',
}
const RETRIED: Record<RetryAnswer['answer'], string> = {
  retried: 'is pending again',
  refused: 'is neither in error nor cancelled, or a live task has its unique key',
  unknown: 'does not exist',
}

/** Does it, and says what became of it. */
export async function perform(pool: Pool, change: Change): Promise<string> {
  switch (change.type) {
    case 'pause':
      await pause(pool, change.queue)
      return `queue ${change.queue} is paused`
    case 'resume':
      await resume(pool, change.queue)
      return `queue ${change.queue} is served again`
    case 'retry': {
      const [answer] = await retryNamed(pool, [change.id], OPERATOR)
      return `task ${change.id} ${RETRIED[answer?.answer ?? 'unknown']}`
    }
    case 'cancel': {
      const [answer] = await cancelNamed(pool, [change.id], OPERATOR)
      return `task ${change.id} ${CANCELLED[answer?.answer ?? 'unknown']}`
    }
  }
}

/** PostgreSQL that starts, stops or has just ended all sessions after a crash of one; and connections that broke (class 08). */
const AWAY_CODES = /^(57P|08)/

/** Whether this error means that the database cannot be reached now, and its text. */
export function whyNot(thrown: unknown, url: string): { isAway: boolean; reason: string } {
  const reason = messageOf(thrown)
  const code = codeOf(thrown)
  return {
    isAway: AWAY_CODES.test(code) || connectionError(thrown, url) !== undefined,
    reason: reason || code,
  }
}
