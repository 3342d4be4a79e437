// taskproc stats: what is in the database and who works on it.
import { type Percentiles, type ProcessStats, readStats, type Stats } from '../../db/stats.ts'
import { EXIT, type ExitStatus } from '../../errors.ts'
import { STATUSES, type Status } from '../../task/status.ts'
import { duration, rate } from '../../telemetry/words.ts'
import type { Flags } from '../config.ts'
import { print, printJson, printTable } from '../output.ts'
import { withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'

export async function runStats(flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const stats = await withStore('stats', flags, terminal, (pool) => readStats(pool))
  if (flags['json']) printJson(terminal, stats)
  else printStats(terminal, stats)
  return EXIT.ok
}

function printStats(terminal: Terminal, stats: Stats): void {
  printTable(terminal, ['', ...STATUSES], [['tasks', ...counts(stats.tasks)]])
  if (stats.queues.length > 0) {
    print(terminal, '')
    const rows = stats.queues.map((row) => [row.queue, ...counts(row), age(row.oldest_pending_seconds)])
    printTable(terminal, ['queue', ...STATUSES, 'oldest pending'], rows)
    print(terminal, '')
    printTable(
      terminal,
      ['kind', ...STATUSES],
      stats.kinds.map((row) => [row.kind, ...counts(row)]),
    )
  }
  print(terminal, '')
  printProcesses(terminal, stats.processes)
  print(terminal, '')
  print(terminal, figures(stats).join('\n'))
}

function counts(row: Record<Status, number>): number[] {
  return STATUSES.map((status) => row[status])
}

/** Those that live, and those that ended lately: they say who did the work. */
const ENDED_SHOWN = 5

function printProcesses(terminal: Terminal, processes: readonly ProcessStats[]): void {
  const alive = processes.filter(isAlive)
  const ended = processes.filter((process) => !isAlive(process))
  if (alive.length === 0) print(terminal, 'no process is running')
  const shown = [...alive, ...ended.slice(0, ENDED_SHOWN)]
  if (shown.length === 0) return
  const rows = shown.map((process) => [
    process.name,
    process.state,
    process.workers,
    process.running,
    process.waiting,
    process.queues?.join(',') ?? 'all',
    `${duration(process.last_beat_seconds * 1000)} ago`,
  ])
  printTable(terminal, ['process', 'state', 'workers', 'running', 'waiting', 'queues', 'last beat'], rows)
  if (ended.length > ENDED_SHOWN) print(terminal, `and ${ended.length - ENDED_SHOWN} more that ended`)
}

function isAlive({ state }: ProcessStats): boolean {
  return state === 'running' || state === 'draining'
}

function figures(stats: Stats): string[] {
  const { per_second, window_seconds } = stats.throughput
  return [
    `oldest pending  ${age(stats.oldest_pending_seconds)}`,
    `throughput      ${rate(per_second)} over the last ${window_seconds} s`,
    `wait            ${percentiles(stats.wait_ms)}`,
    `run             ${percentiles(stats.run_ms)}`,
  ]
}

function age(seconds: number | null): string {
  return seconds === null ? '-' : duration(seconds * 1000)
}

function percentiles(of: Percentiles | null): string {
  return of === null ? '-' : `p50 ${duration(of.p50)}, p95 ${duration(of.p95)}, p99 ${duration(of.p99)}`
}
