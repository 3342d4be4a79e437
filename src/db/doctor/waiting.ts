// Doctor: tasks that wait long although live processes serve them: too few workers, or something that holds them back.
import { type Histogram, merge, percentiles } from '../../task/histogram.ts'
import { count, duration } from '../../task/words.ts'
import {
  byQueueAndKind,
  type LiveProcess,
  readDueLanes,
  readLiveProcesses,
  serves,
  type Waiting,
} from './due-lanes.ts'
import { type Check, type Finding, rowsOf } from './finding.ts'

export const WAITING: Check = {
  name: 'waiting',
  needsSchema: true,
  examine: async (db) => {
    const lanes = (await readDueLanes(db)).filter(({ is_paused }) => !is_paused)
    const processes = await readLiveProcesses(db)
    const served = byQueueAndKind(lanes).filter((lane) => processes.some((process) => serves(process, lane)))
    const [first] = served
    const long = judgeWaiting(served, processes)
    const waits = merge((await rowsOf<{ wait_ms: Histogram }>(db, WAITS)).map(({ wait_ms }) => wait_ms))
    return {
      // Where a backlog is seen, that is why they waited.
      findings: long.length > 0 ? long : judgeWaits(waits),
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
function judgeWaiting(served: readonly Waiting[], processes: readonly LiveProcess[]): Finding[] {
  const long = served.filter(({ due_seconds }) => due_seconds >= LONG_SECONDS)
  return long.slice(0, MOST_SHOWN).map((lane) => judgeLane(lane, processes))
}

function judgeLane(lane: Waiting, processes: readonly LiveProcess[]): Finding {
  const { kind, queue, due_seconds, first_id } = lane
  const able = processes.filter((process) => serves(process, lane))
  const workers = sum(able.map((process) => process.workers))
  const running = sum(able.map((process) => process.running))
  const isLimited = able.every((process) => kind in process.kind_limits)
  const limit = isLimited
    ? `, at most ${sum(able.map((each) => each.kind_limits[kind] ?? 0))} of it at once`
    : ''
  const who = able.length === 1 ? '1 process serves it' : `${able.length} processes serve it`
  const evidence = `${kind} in ${queue}: due for ${duration(due_seconds * 1000)}. ${who}, with ${running} of ${workers} workers busy${limit}`
  const fix = isLimited
    ? 'Raise the limit of the kind, or run more processes.'
    : running >= workers
      ? `taskproc serve --workers ${2 * workers} # or more processes`
      : `taskproc why ${first_id}`
  return { name: 'long wait', severity: 'warning', evidence, fix }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

const FEWEST_RUNS = 20
/** The default of --fetch-interval: who polls alone begins by then. */
const LATE_MS = 5_000

/** From due to started, over all runs of the live processes. */
export function judgeWaits(waitMs: Histogram): Finding[] {
  const runs = sum(Object.values(waitMs))
  const [median = 0, most = 0] = percentiles(waitMs, [0.5, 0.95]) ?? []
  if (runs < FEWEST_RUNS || median < LATE_MS) return []
  const evidence = `half of the ${count(runs, 'task')} that the live processes ran had waited for more than ${duration(median)}, one in twenty for more than ${duration(most)}`
  return [
    {
      name: 'late starts',
      severity: 'info',
      evidence,
      fix: 'taskproc stats # more workers, or more processes',
    },
  ]
}

const WAITS = `
select counters -> 'wait_ms' as wait_ms from taskproc.processes
where state in ('running', 'draining') and jsonb_typeof(counters -> 'wait_ms') = 'object'`
