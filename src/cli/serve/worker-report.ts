// What every worker of a running serve is doing, and for how long: lines for people, one event for a JSON log.
import type { EngineStatus } from '../../engine/options.ts'
import { count, duration } from '../../task/words.ts'
import type { Log } from '../../telemetry/log.ts'
import { oneLine } from '../../telemetry/words.ts'
import { isScreen, type Terminal } from '../terminal.ts'

/** Writes the report to where the log goes; whoever asks for it gets it, whatever the level of the log is. */
export function writeReport(status: EngineStatus | undefined, { stderr }: Terminal, log: Log): void {
  const [header, ...lines] = status === undefined ? ['status: not serving'] : reportLines(status)
  // One write: log lines of the workers must not come between.
  if (isScreen(stderr)) stderr.write(`${[header, ...lines].join('\n')}\n`)
  else
    log[log.isLevelEnabled('info') ? 'info' : 'error']({ event: 'status', ...reportFields(status) }, header)
}

/** A header, a line for each worker that is busy, the longest-running first, and one for all that are idle. */
export function reportLines(status: EngineStatus): string[] {
  const { workers, running } = status
  const rows = byAge(status).map(({ claim, worker, forMs, progress }) => [
    `worker ${worker}`,
    `${claim.kind} #${claim.id}`,
    duration(forMs),
    `attempt ${claim.attempt} of ${claim.maxAttempts}`,
    progress === null ? '' : `${Math.round(progress * 100)} %`,
  ])
  const idle = workers - running.length
  return [headerOf(status), ...aligned(rows), ...(idle > 0 ? [`${count(idle, 'worker')} idle`] : [])]
}

function headerOf({ state, workers, running, waiting, drainLeftMs, totals }: EngineStatus): string {
  const left = drainLeftMs === null ? '' : `, ${duration(drainLeftMs)} left`
  const { done, retried, failed, released } = totals
  return `status: ${state}${left}; ${running.length} of ${count(workers, 'worker')} busy, ${waiting} waiting; so far ${done} done, ${retried} retried, ${failed} error, ${released} released`
}

const LONGEST_CELL = 60

function aligned(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => oneLine(cell, LONGEST_CELL)))
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  )
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
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
