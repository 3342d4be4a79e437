// What is wrong, in words, the worst first: from numbers that were read, without any more reading.
import type { HeldSnapshot } from '../../db/snapshots.ts'
import type { ProcessStats } from '../../db/stats/stats.ts'
import { count, duration } from '../../telemetry/words.ts'
import { isLeaseOver, isSilent } from '../stats/silence.ts'
import type { Overview, Trouble, WatchState } from './state.ts'

export interface Finding {
  readonly isBad: boolean
  readonly text: string
}

const OLD_SNAPSHOT_SECONDS = 60
const NAMED = 3

/** What somebody should look at; empty where all is well. */
export function findingsOf({ trouble, overview, nowMs, program }: WatchState): Finding[] {
  const away = trouble === null ? [] : [troubleOf(trouble, nowMs)]
  if (overview === null) return away
  const { stats, snapshot } = overview.value
  // While nothing is read, the beats that were read last say nothing about who is silent now.
  const silent = trouble === null ? stats.processes.filter(isSilent).map(silentOf) : []
  return [
    ...away,
    ...silent,
    ...unservedOf(overview.value, program),
    ...pausedOf(overview.value),
    ...snapshotOf(snapshot),
  ]
}

function troubleOf({ isAway, sinceMs, reason }: Trouble, nowMs: number): Finding {
  const since = seconds((nowMs - sinceMs) / 1000)
  const what = isAway ? 'database away' : 'the database answers with an error'
  return { isBad: true, text: `${what} since ${since}: ${reason}` }
}

function silentOf(process: ProcessStats): Finding {
  const { name, last_beat_seconds, lease_seconds, running, waiting } = process
  const tasks = running + waiting
  const held = tasks === 0 ? 'it held no task' : `its ${count(tasks, 'task')}`
  const isOver = isLeaseOver(process)
  const becomes =
    tasks === 0
      ? ''
      : isOver
        ? ' will run again in another'
        : ` will be given to others at ${seconds(lease_seconds)}`
  return {
    isBad: isOver,
    text: `process ${name} is silent for ${seconds(last_beat_seconds)}: ${held}${becomes}`,
  }
}

/** Due and not paused, and no process claims such tasks. */
function unservedOf({ stats, backlog }: Overview, program: string): Finding[] {
  const claiming = stats.processes.filter(({ state }) => state === 'running')
  const paused = new Set(stats.queues.filter((queue) => queue.paused).map(({ queue }) => queue))
  const due = backlog.filter(({ queue, is_due }) => is_due && !paused.has(queue))
  if (due.length === 0) return []
  if (claiming.length === 0)
    return [{ isBad: true, text: `tasks are due and no process is running: ${program} serve` }]
  const servesQueue = (process: ProcessStats, queue: string) => process.queues?.includes(queue) ?? true
  const queues = new Set(
    due.map(({ queue }) => queue).filter((queue) => !claiming.some((process) => servesQueue(process, queue))),
  )
  const kinds = new Set(
    due
      .filter(({ queue }) => !queues.has(queue))
      .filter(({ queue, kind }) => !claiming.some((p) => servesQueue(p, queue) && p.kinds.includes(kind)))
      .map(({ kind }) => kind),
  )
  return [
    ...[...queues].map((queue) => ({
      isBad: true,
      text: `tasks of queue ${queue} are due and no process serves it`,
    })),
    ...(kinds.size === 0
      ? []
      : [
          {
            isBad: true,
            text: `tasks are due and no process of their queue has a handler for ${listed([...kinds])}`,
          },
        ]),
  ]
}

function pausedOf({ stats }: Overview): Finding[] {
  return stats.queues
    .filter(({ paused, pending }) => paused && pending > 0)
    .map(({ queue, pending }) => ({
      isBad: false,
      text: `queue ${queue} is paused and ${waitText(pending)} in it`,
    }))
}

function waitText(tasks: number): string {
  return `${count(tasks, 'task')} ${tasks === 1 ? 'waits' : 'wait'}`
}

function snapshotOf(snapshot: HeldSnapshot | null): Finding[] {
  const age = snapshot?.age_seconds ?? 0
  if (snapshot === null || age < OLD_SNAPSHOT_SECONDS) return []
  const who = snapshot.pid === null ? snapshot.state : `session ${snapshot.pid}`
  const name = snapshot.application ? ` (${snapshot.application})` : ''
  const how = snapshot.pid === null ? '' : `, ${snapshot.state}`
  return [{ isBad: false, text: `old snapshot: ${who}${name}, ${seconds(age)}${how}` }]
}

function listed(names: readonly string[]): string {
  const rest = names.length - NAMED
  return names.slice(0, NAMED).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

/** What is looked at while it grows is easier to read without tenths. */
export function seconds(number: number): string {
  return number < 60 ? `${Math.max(0, Math.floor(number))} s` : duration(number * 1000)
}
