// What `taskproc stats` prints for people: counts, processes, and a few figures; narrow where the terminal is.
import type { Percentiles, ProcessStats, Stats } from '../../db/stats/stats.ts'
import { STATUSES, type Status } from '../../task/status.ts'
import { count, duration, grouped, oneLine, rate } from '../../telemetry/words.ts'
import { type Column, printColumns, screenColumns } from '../columns.ts'
import { print } from '../output.ts'
import { isScreen, type Terminal } from '../terminal.ts'
import { cutIntoLines } from '../text-width.ts'
import { programName } from '../typed.ts'
import { isAlive, isLeaseOver, isSilent } from './silence.ts'

type Row = readonly (string | number)[]

/** For people; what is empty is left out. */
export function printStats(terminal: Terminal, stats: Stats): void {
  printTotals(terminal, stats)
  printQueues(terminal, stats.queues)
  if (stats.kinds.length > 0) {
    print(terminal, '')
    const rows = stats.kinds.map((row) => [row.kind, ...counts(row)])
    table(terminal, [{ title: 'kind', least: NARROWEST_NAME }, ...STATUS_COLUMNS], rows)
  }
  print(terminal, '')
  printProcesses(terminal, stats.processes)
  print(terminal, '')
  for (const line of figures(stats)) paragraph(terminal, line)
  if (isScreen(terminal.stdout))
    for (const step of steps(stats, programName(terminal))) paragraph(terminal, step)
}

const NARROWEST_NAME = 8
/** The five statuses beside each other need so much. */
const WIDE_TOTALS = 56
/** Which status is left out first where the terminal is too narrow for all. */
const RANKS: Record<Status, number> = { pending: 1, error: 2, done: 3, in_progress: 4, cancelled: 6 }
const STATUS_COLUMNS: readonly Column[] = STATUSES.map((status) => ({
  title: status,
  align: 'right',
  rank: RANKS[status],
}))

function printTotals(terminal: Terminal, { tasks, counted }: Stats): void {
  const isWide = screenColumns(terminal) >= WIDE_TOTALS
  if (isWide) table(terminal, [{ title: '' }, ...STATUS_COLUMNS], [['tasks', ...counts(tasks)]])
  else
    table(
      terminal,
      [{ title: 'status' }, { title: 'tasks', align: 'right' }],
      STATUSES.map((status) => [status, tasks[status]]),
    )
  if (counted === 'counters')
    paragraph(terminal, 'about, as the processes counted up to their last beats; --exact counts every row')
}

function printQueues(terminal: Terminal, queues: Stats['queues']): void {
  if (queues.length === 0) return
  const isAnyPaused = queues.some(({ paused }) => paused)
  const columns: Column[] = [
    { title: 'queue', least: NARROWEST_NAME },
    ...STATUS_COLUMNS,
    { title: 'oldest', rank: 5 },
    ...(isAnyPaused ? [{ title: '' }] : []),
  ]
  const rows = queues.map((row) => [
    row.queue,
    ...counts(row),
    age(row.oldest_pending_seconds),
    ...(isAnyPaused ? [row.paused ? 'paused' : ''] : []),
  ])
  print(terminal, '')
  table(terminal, columns, rows)
}

function counts(row: Record<Status, number>): number[] {
  return STATUSES.map((status) => row[status])
}

/** Those that live, and those that ended lately: they say who did the work. */
const ENDED_SHOWN = 5
/** The table has them all. */
const SILENT_SHOWN = 3
const LAST_BEAT: Column = { title: 'last beat', least: 9 }
const ALIVE: readonly Column[] = [
  { title: 'process', least: NARROWEST_NAME, cut: 'start' },
  { title: 'state', rank: 2 },
  { title: 'workers', align: 'right', rank: 4 },
  { title: 'running', align: 'right' },
  { title: 'waiting', align: 'right', rank: 3 },
  { title: 'queues', least: 6, rank: 5 },
  LAST_BEAT,
]
const ENDED: readonly Column[] = [
  { title: 'ended', least: NARROWEST_NAME, cut: 'start' },
  { title: 'state' },
  LAST_BEAT,
]

function printProcesses(terminal: Terminal, processes: readonly ProcessStats[]): void {
  const alive = processes.filter(isAlive)
  const ended = processes.filter((process) => !isAlive(process))
  if (alive.length === 0) print(terminal, 'no process is running')
  else table(terminal, ALIVE, alive.map(aliveRow))
  // The column of states is left out where there is no room for it.
  for (const process of alive.filter(isLeaseOver).slice(0, SILENT_SHOWN))
    paragraph(terminal, silence(process))
  if (ended.length === 0) return
  print(terminal, '')
  const rows = ended.slice(0, ENDED_SHOWN).map((process) => [process.name, process.state, lastBeat(process)])
  table(terminal, ENDED, rows)
  if (ended.length > ENDED_SHOWN)
    print(terminal, `and ${grouped(ended.length - ENDED_SHOWN)} more in the last hour`)
}

function aliveRow(process: ProcessStats): Row {
  const { name, state, workers, running, waiting, queues } = process
  const seen = isSilent(process) ? 'silent' : state
  return [name, seen, workers, running, waiting, queues?.join(',') ?? 'all', lastBeat(process)]
}

function silence({ name, lease_seconds, running, waiting }: ProcessStats): string {
  const held = running + waiting === 0 ? '' : ` and holds ${count(running + waiting, 'task')}`
  return `${oneLine(name, NAME_CHARS)} is silent for longer than its lease of ${duration(lease_seconds * 1000)}${held}`
}

/** As long as a name can be. */
const NAME_CHARS = 128

function lastBeat({ last_beat_seconds }: ProcessStats): string {
  return `${duration(last_beat_seconds * 1000)} ago`
}

/** What to type next, where something asks for it; for who sits there, and not in what another program reads. */
function steps({ tasks, queues, processes }: Stats, program: string): string[] {
  const served = queues.filter(({ paused }) => !paused).reduce((sum, { pending }) => sum + pending, 0)
  const waiting = `${count(served, 'task')} ${served === 1 ? 'waits' : 'wait'} and no process is running`
  return [
    ...(served > 0 && !processes.some((process) => isAlive(process) && !isLeaseOver(process))
      ? [`${waiting}; to run them: ${program} serve`]
      : []),
    ...(tasks.error > 0 ? [`to see what failed: ${program} list --status error --newest`] : []),
  ]
}

function figures(stats: Stats): string[] {
  const { per_second, window_seconds } = stats.throughput
  return [
    `oldest pending  ${age(stats.oldest_pending_seconds)}`,
    `throughput      ${rate(per_second)} over the last ${window_seconds} s`,
    `failed          ${grouped(stats.failures_per_minute)} in the last minute`,
    `wait            ${percentiles(stats.wait_ms)}${recently(stats)}`,
    `run             ${percentiles(stats.run_ms)}${recently(stats)}`,
  ]
}

/** Over which time the percentiles are. */
function recently({ wait_ms, throughput: { step_seconds, history } }: Stats): string {
  return wait_ms === null ? '' : ` (last ${duration(step_seconds * history.length * 1000)})`
}

function age(seconds: number | null): string {
  return seconds === null ? '-' : duration(seconds * 1000)
}

function percentiles(of: Percentiles | null): string {
  return of === null ? '-' : `p50 ${duration(of.p50)}, p95 ${duration(of.p95)}, p99 ${duration(of.p99)}`
}

function table(terminal: Terminal, columns: readonly Column[], rows: readonly Row[]): void {
  printColumns(
    terminal,
    columns,
    rows.map((row) => row.map(String)),
  )
}

/** More than any line of ours needs on a terminal of 20 columns. */
const MOST_LINES = 6

function paragraph(terminal: Terminal, text: string): void {
  print(terminal, cutIntoLines(text, screenColumns(terminal), MOST_LINES).join('\n'))
}
