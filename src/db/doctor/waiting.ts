// Doctor: tasks that wait long although live processes serve them: too few workers, or something that holds them back.
import { duration } from '../../task/words.ts'
import {
  byQueueAndKind,
  type LiveProcess,
  readDueLanes,
  readLiveProcesses,
  serves,
  type Waiting,
} from './backlog.ts'
import type { Check, Finding } from './finding.ts'

export const WAITING: Check = {
  name: 'waiting',
  needsSchema: true,
  examine: async (db) => {
    const lanes = (await readDueLanes(db)).filter(({ is_paused }) => !is_paused)
    const processes = await readLiveProcesses(db)
    const served = byQueueAndKind(lanes).filter((lane) => processes.some((process) => serves(process, lane)))
    const [first] = served
    return {
      findings: judgeWaiting(served, processes),
      note:
        first === undefined
          ? 'nothing is due that is served'
          : `the longest: ${duration(first.due_seconds * 1000)}`,
    }
  },
}

/** An idle fleet begins within milliseconds, or at the next poll. */
const LONG_SECONDS = 60
const MOST_SHOWN = 3

/** `served` with the longest wait first. */
export function judgeWaiting(served: readonly Waiting[], processes: readonly LiveProcess[]): Finding[] {
  const long = served.filter(({ due_seconds }) => due_seconds >= LONG_SECONDS)
  return long.slice(0, MOST_SHOWN).map((lane) => {
    const able = processes.filter((process) => serves(process, lane))
    const workers = sum(able.map((process) => process.workers))
    const running = sum(able.map((process) => process.running))
    const isLimited = able.every((process) => lane.kind in process.kind_limits)
    const limit = isLimited
      ? `, at most ${sum(able.map((each) => each.kind_limits[lane.kind] ?? 0))} of it at once`
      : ''
    const evidence = `${lane.kind} in ${lane.queue}: due for ${duration(lane.due_seconds * 1000)}, and ${able.length === 1 ? '1 process serves' : `${able.length} processes serve`} it, with ${running} of ${workers} workers busy${limit}`
    return {
      name: 'long wait',
      severity: 'warning',
      evidence,
      fix: fixOf(lane, running >= workers, isLimited),
    }
  })
}

function fixOf({ first_id }: Waiting, isBusy: boolean, isLimited: boolean): string {
  if (isLimited) return 'Raise the limit of the kind, or run more processes.'
  return isBusy
    ? 'taskproc serve --workers N   (more of them, or more processes)'
    : `taskproc why ${first_id}`
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
