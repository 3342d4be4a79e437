// Following a task: what comes is said when it comes, until the task has finished. By polling, so that it works behind
// any pooler, and with patience, so that it survives a restart of the database.
import { setTimeout as sleep } from 'node:timers/promises'
import { connectionError, type Pool } from '../../db/pool.ts'
import { type Look, type NamedItem, readNewItems } from '../../db/timeline.ts'
import { codeOf, ExpectedError } from '../../errors.ts'
import { FINISHED } from '../../task/status.ts'
import type { TaskId } from '../../task/task.ts'
import { noSuchTask } from '../store.ts'
import { LAST_LINES_MS, Seen } from './seen.ts'

/** One statement each: no more than 2 in a second, and no line is older than a second when it is said. */
const POLL_MS = 700
const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 5_000

export interface Follower {
  /** Says these; false when nobody listens any more. */
  say(items: readonly NamedItem[]): boolean
  /** The connection is lost, and will be tried again: once for each loss. */
  lost(reason: string): void
}

/** Resolves when the task has finished and all was said, or when nobody listens. */
export async function follow(pool: Pool, id: TaskId, follower: Follower, signal: AbortSignal): Promise<void> {
  const seen = new Seen()
  let looks = 0
  for (;;) {
    const look = await patiently(() => readNewItems(pool, id, seen.bounds), follower, signal)
    if (look === null && looks === 0) throw noSuchTask(id)
    if (look === null)
      throw new ExpectedError(
        `#${id} is gone: somebody has deleted it`,
        'Look at what there is: taskproc list',
      )
    looks++
    const fresh = seen.take(look)
    if (fresh.length > 0 && !follower.say(fresh)) return
    if (isOver(look)) return
    await sleep(POLL_MS, undefined, { signal })
  }
}

function isOver({ status, finishedSecondsAgo }: Look): boolean {
  return FINISHED.includes(status) && (finishedSecondsAgo ?? 0) * 1000 > LAST_LINES_MS
}

/** Asks until there is an answer; only what is wrong with the connection is waited for. */
async function patiently<T>(ask: () => Promise<T>, { lost }: Follower, signal: AbortSignal): Promise<T> {
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(LAST_RETRY_MS, retryMs * 2)) {
    try {
      return await ask()
    } catch (thrown) {
      const reason = reasonOfLoss(thrown)
      if (reason === undefined) throw thrown
      if (retryMs === FIRST_RETRY_MS) lost(reason)
      await sleep(retryMs, undefined, { signal })
    }
  }
}

/** Class 08: connections; class 57: the operator stops the server, or it crashes. */
function reasonOfLoss(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined
  const isOfServer = /^(08|57)/.test(codeOf(thrown))
  return isOfServer || connectionError(thrown, '') !== undefined
    ? thrown.message || String(thrown)
    : undefined
}
