// Doctor: queues that somebody paused while work waits in them.

import { shellWord } from '../../task/typed.ts'
import { count, duration } from '../../task/words.ts'
import { byQueueAndKind, countPending, pendingText, readDueLanes } from './due-lanes.ts'
import { type Check, type Finding, rowsOf } from './finding.ts'

interface PausedQueue {
  queue: string
  /** Since the pause. */
  paused_seconds: number
  /** Paused with all others, not by its name. */
  is_of_all: boolean
  /** For how long its first task is due. */
  due_seconds: number
  pending: number
}

export const PAUSES: Check = {
  name: 'pauses',
  needsSchema: true,
  examine: async (db) => {
    const waiting = byQueueAndKind((await readDueLanes(db)).filter(({ is_paused }) => is_paused))
    const queues = [...new Set(waiting.map(({ queue }) => queue))]
    const paused: PausedQueue[] = []
    for (const queue of queues.slice(0, MOST_SHOWN)) {
      const [pause] = await rowsOf<Pick<PausedQueue, 'paused_seconds' | 'is_of_all'>>(db, PAUSE, [queue])
      const kinds = waiting.filter((lane) => lane.queue === queue)
      let pending = 0
      for (const lane of kinds.slice(0, MOST_SHOWN)) pending += await countPending(db, [lane])
      const due_seconds = Math.max(...kinds.map((lane) => lane.due_seconds))
      if (pause !== undefined) paused.push({ queue, ...pause, due_seconds, pending })
    }
    return {
      findings: paused.flatMap(judgePause),
      note: `${count(queues.length, 'queue')} with a backlog paused`,
    }
  },
}

const MOST_SHOWN = 10
/** A pause for a repair or a release is over by then; this one may have been forgotten. */
const FORGOTTEN_SECONDS = 3600

function judgePause(paused: PausedQueue): Finding[] {
  const { queue, paused_seconds, is_of_all, due_seconds, pending } = paused
  const severity = paused_seconds < FORGOTTEN_SECONDS ? 'info' : 'warning'
  const how = is_of_all ? 'with every queue' : 'by its name'
  const evidence = `${queue} is paused ${how} for ${duration(paused_seconds * 1000)}: ${pendingText(pending)}, the first is due for ${duration(due_seconds * 1000)}`
  const fix = is_of_all ? 'taskproc resume' : `taskproc resume --queue ${shellWord(queue)}`
  return [{ name: 'paused queue', severity, evidence, fix }]
}

const PAUSE = `
select extract(epoch from now() - paused_at)::float8 as paused_seconds, name = '' as is_of_all
from taskproc.pause_of($1)`
