// What a benchmark tells: one table for people, one document for programs, and its faults.
import { EXIT, type ExitStatus } from '../../errors.ts'
import { count, grouped } from '../../telemetry/words.ts'
import { type Column, leftOut, printColumns, screenColumns } from '../columns.ts'
import { print, printJson } from '../output.ts'
import type { Terminal } from '../terminal.ts'
import { wrap } from '../wrap.ts'
import type { BenchDocument, Run } from './document.ts'
import { plot } from './plot/plot.ts'
import { writePlotFile } from './plot/plot-file.ts'

const COLUMNS: readonly Column[] = [
  { title: 'run', least: 24 },
  { title: 'tasks/s', align: 'right' },
  { title: 'p50 ms', align: 'right' },
  { title: 'p99 ms', align: 'right' },
  { title: 'claim p99', align: 'right', rank: 7 },
  { title: 'WAL/task', align: 'right', rank: 2 },
  { title: 'statements', align: 'right', rank: 5 },
  { title: 'buffers', align: 'right', rank: 3 },
  { title: 'CPU s', align: 'right', rank: 4 },
  { title: 'MB', align: 'right', rank: 6 },
]

/** What went wrong in these runs, a sentence each. */
export function faultsOf(runs: readonly Run[]): string[] {
  return runs.flatMap(({ name, lost, duplicated }) => [
    ...(lost > 0 ? [`${name}: ${count(lost, 'task')} lost`] : []),
    ...(duplicated > 0 ? [`${name}: ${count(duplicated, 'task')} run or finished twice`] : []),
  ])
}

/** Prints it, and draws the plot into `plotFile` (an absolute path) where one is asked for. Exit status: operational where something went wrong. */
export async function report(
  terminal: Terminal,
  document: BenchDocument,
  { isJson, plotFile }: { isJson: boolean; plotFile: string | undefined },
): Promise<ExitStatus> {
  if (isJson) printJson(terminal, document)
  else printRuns(terminal, document)
  // Last: where it fails, what was measured has been told.
  if (plotFile !== undefined) await writePlotFile(plotFile, plot(document))
  return document.ok ? EXIT.ok : EXIT.operational
}

function printRuns(terminal: Terminal, { runs, environment, faults }: BenchDocument): void {
  const room = screenColumns(terminal)
  const say = (sentence: string, first = '') => print(terminal, wrap(sentence, room, first).join('\n'))
  const rows = runs.map(cells)
  printColumns(terminal, COLUMNS, rows)
  const missing = leftOut(COLUMNS, rows, room)
  if (missing.length > 0)
    say(
      `(left out, for want of room: ${missing.join(', ')}; a wider terminal or a pipe has all, --json more)`,
    )
  print(terminal, '')
  for (const fault of faults) say(fault, 'FAILED  ')
  if (faults.length === 0) say(account(runs), 'ok      ')
  // No fault, and to be known.
  for (const { name, remarks } of runs) for (const remark of remarks) say(`${name}: ${remark}`, 'note    ')
  const { taskproc, node, cores, cpu } = environment
  // Without what a distribution adds.
  const [postgres] = environment.postgres.split(' ')
  const fsync = environment.postgres_settings['fsync'] === 'off' ? ', fsync off' : ''
  say(`taskproc ${taskproc}, Node ${node.slice(1)}, PostgreSQL ${postgres}${fsync}`)
  say(`${count(cores, 'core')}: ${cpu}`)
}

function account(runs: readonly Run[]): string {
  const tasks = runs.reduce((sum, run) => sum + run.tasks, 0)
  return `${grouped(tasks)} tasks: none lost, none run twice`
}

function cells({
  name,
  tasks_per_second,
  latency_ms,
  per_task,
  cpu_seconds,
  client_peak_rss_bytes,
}: Run): string[] {
  const latency =
    latency_ms['enqueue_to_start'] ?? latency_ms['insert'] ?? latency_ms['start_to_finish'] ?? undefined
  const cpu = cpu_seconds.clients + (cpu_seconds.server ?? 0)
  return [
    name,
    grouped(Math.round(tasks_per_second)),
    latency === undefined ? '-' : short(latency.p50),
    latency === undefined ? '-' : short(latency.p99),
    latency_ms['claim'] === undefined ? '-' : short(latency_ms['claim'].p99),
    `${grouped(Math.round(per_task.wal_bytes))} B`,
    per_task.statements === null ? '-' : short(per_task.statements),
    short(per_task.buffers),
    cpu.toFixed(1),
    String(Math.round(client_peak_rss_bytes / 1e6)),
  ]
}

/** Three digits, or all before the point. */
function short(value: number): string {
  return value >= 100 ? grouped(Math.round(value)) : value.toPrecision(value < 1 ? 2 : 3)
}
