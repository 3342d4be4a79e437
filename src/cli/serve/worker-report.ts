// What every worker of a running serve is doing, and for how long: lines for people, one event for a JSON log.
import type { EngineStatus } from '../../engine/options.ts'
import { count, duration } from '../../task/words.ts'
import type { Log } from '../../telemetry/log.ts'
import { type Column, columnsOf, tableLines } from '../columns.ts'
import { isScreen, type Terminal } from '../terminal.ts'
import { wrap } from '../wrap.ts'

/** Writes the report to where the log goes; whoever asks for it gets it, whatever the level of the log is. */
export function writeReport(status: EngineStatus | undefined, { stderr }: Terminal, log: Log): void {
  // One write: log lines of the workers must not come between.
  if (isScreen(stderr)) stderr.write(`${reportLines(status, columnsOf(stderr)).join('\n')}\n`)
  else {
    const header = status === undefined ? NOT_SERVING : headerOf(status).join('; ')
    log[log.isLevelEnabled('info') ? 'info' : 'error']({ event: 'status', ...reportFields(status) }, header)
  }
}

const NOT_SERVING = 'status: not serving'

/**
 * A header, a line for each worker that is busy, the longest-running first, and one for all that are idle; none is wider
 * than `columns`.
 */
export function reportLines(status: EngineStatus | undefined, columns = Number.POSITIVE_INFINITY): string[] {
  if (status === undefined) return [NOT_SERVING]
  const { workers, running } = status
  const rows = byAge(status).map(({ claim, worker, forMs, progress }) => [
    `worker ${worker}`,
    claim.kind,
    `#${claim.id}`,
    duration(forMs),
    `attempt ${claim.attempt} of ${claim.maxAttempts}`,
    progress === null ? '' : `${Math.round(progress * 100)} %`,
  ])
  const [, ...lines] = tableLines(COLUMNS, rows, columns)
  const idle = workers - running.length
  return [
    ...headerLines(headerOf(status), columns),
    ...lines,
    ...(idle > 0 ? [`${count(idle, 'worker')} idle`] : []),
  ]
}

const COLUMNS: readonly Column[] = [
  { title: '' },
  { title: '', least: 8 },
  { title: '' },
  { title: '', align: 'right' },
  { title: '', rank: 1 },
  { title: '', align: 'right', rank: 2 },
]

/** How it stands, and what was done: beside each other, or one below the other where there is less room. */
function headerOf({ state, workers, running, waiting, drainLeftMs, totals }: EngineStatus): [string, string] {
  const left = drainLeftMs === null ? '' : `, ${duration(drainLeftMs)} left`
  const { done, retried, failed, released } = totals
  return [
    `status: ${state}${left}; ${running.length} of ${count(workers, 'worker')} busy, ${waiting} waiting`,
    `so far ${done} done, ${retried} retried, ${failed} error, ${released} released`,
  ]
}

function headerLines([now, soFar]: [string, string], columns: number): string[] {
  const whole = `${now}; ${soFar}`
  return whole.length <= columns ? [whole] : [now, soFar].flatMap((part) => wrap(part, columns))
}

function reportFields(status: EngineStatus | undefined): Record<string, unknown> {
  if (status === undefined) return { state: 'not serving' }
  const { state, workers, waiting, drainLeftMs, totals } = status
  const running = byAge(status).map(({ claim, worker, forMs, progress }) => ({
    worker,
    task: claim.id,
    kind: claim.kind,
    queue: claim.queue,
    for_ms: Math.round(forMs),
    attempt: claim.attempt,
    max_attempts: claim.maxAttempts,
    progress,
  }))
  return { state, workers, waiting, drain_left_ms: drainLeftMs, totals, running }
}

function byAge({ running }: EngineStatus): EngineStatus['running'] {
  return [...running].sort((a, b) => b.forMs - a.forMs)
}
