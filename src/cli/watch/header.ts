// The head of the overview: what the whole installation does, in as many lines as there is room for.
import type { Percentiles, Stats } from '../../db/stats/stats.ts'
import { duration, grouped, rate } from '../../telemetry/words.ts'
import { widthOf } from '../text-width.ts'
import { seconds } from './findings.ts'
import { type Line, type Span, span } from './line.ts'
import { sparkline } from './sparkline.ts'
import type { Overview, WatchState } from './state.ts'
import { cut, harmless, padded } from './text.ts'

const LABEL_COLUMNS = 10
const MINUTE_S = 60

/** `count` lines, those that matter most, in their order. */
export function headerLines(state: WatchState, count: number): Line[] {
  const { overview } = state
  if (overview === null) return [titleLine(state)]
  const { stats } = overview.value
  const byImportance = [
    { place: 4, line: tasksLine(state, overview.value) },
    { place: 1, line: settledLine(state, stats) },
    { place: 0, line: titleLine(state) },
    { place: 3, line: timesLine(state, stats) },
    { place: 2, line: failedLine(state, stats) },
  ]
  return byImportance
    .slice(0, count)
    .sort((a, b) => a.place - b.place)
    .map(({ line }) => line)
}

/** Readings are late when two of them should have come. */
const LATE_INTERVALS = 2
const LATE_MS = 2_000

export function titleLine(state: WatchState): Line {
  const { place, size, look } = state
  const { text, isLate } = whenRead(state)
  const name = size.columns < 60 ? 'taskproc' : `taskproc  ${harmless(place, look)}`
  const room = size.columns - widthOf(text) - 2
  return [span(padded(name, room), 'bold'), span('  '), span(text, isLate ? 'yellow' : 'dim')]
}

/** How old is what one sees, where that is not as it should be. */
function whenRead(state: WatchState): { text: string; isLate: boolean } {
  const { overview, taskView, page, intervalMs, readingSinceMs, nowMs } = state
  const read = page.name === 'task' ? taskView : overview
  const ageMs = nowMs - (read?.atMs ?? readingSinceMs ?? nowMs)
  const isLate = ageMs > Math.max(LATE_MS, LATE_INTERVALS * intervalMs)
  const age = isLate ? ` ${seconds(ageMs / 1000)}` : ''
  if (read === null) return { text: `reading${isLate ? ' for' : ''}${age}`, isLate }
  return { text: isLate ? `as of${age} ago` : `${read.clock}, every ${interval(intervalMs)}`, isLate }
}

function interval(ms: number): string {
  return ms % 1000 === 0 ? seconds(ms / 1000) : duration(ms)
}

function settledLine(state: WatchState, { throughput }: Stats): Line {
  const { per_second, window_seconds, history } = throughput
  const now = history.at(-1) ?? 0
  const long = `${rate(now)} now, ${rate(per_second)} in the last ${window_seconds === MINUTE_S ? 'minute' : `${window_seconds} s`}`
  return withBars(state, 'settled', long, rate(now), throughput, history, 'green')
}

function failedLine(state: WatchState, { throughput, failures_per_minute }: Stats): Line {
  const text = `${grouped(Math.round(failures_per_minute))} in the last minute`
  return withBars(state, 'failed', text, text, throughput, throughput.failed_history, 'red')
}

/** Both of them have their bars in the same place, for the eye. */
const BARS_AT = 52
const BARS_AT_LEAST = 10
const RAN = '   ran  '

function withBars(
  { size: { columns }, look }: WatchState,
  label: string,
  long: string,
  short: string,
  { step_seconds }: Stats['throughput'],
  history: readonly number[],
  style: 'green' | 'red',
): Line {
  const minutes = `  ${Math.round((history.length * step_seconds) / MINUTE_S)} min`
  const isWide = columns >= BARS_AT + BARS_AT_LEAST + minutes.length
  const text = isWide ? padded(long, BARS_AT - LABEL_COLUMNS) : `${short}  `
  const room = columns - LABEL_COLUMNS - widthOf(text) - minutes.length
  if (room < BARS_AT_LEAST) return labelled(label, [span(cut(text, columns - LABEL_COLUMNS))])
  return labelled(label, [span(text), span(sparkline(history, room, look), style), span(minutes, 'dim')])
}

/** With the names of the percentiles where they fit, else only with the numbers, and without the runs where not even they do. */
function timesLine({ size: { columns } }: WatchState, { wait_ms, run_ms }: Stats): Line {
  const room = columns - LABEL_COLUMNS - RAN.length
  const texts = [true, false].map((isNamed) => [wait_ms, run_ms].map((of) => percentiles(of, isNamed)))
  const fitting = texts.find((both) => widthOf(both.join('')) <= room)
  if (fitting === undefined)
    return labelled('waited', [span(cut(percentiles(wait_ms, false), columns - LABEL_COLUMNS))])
  const [waited = '', ran = ''] = fitting
  const first = Math.max(widthOf(waited), Math.min(room - widthOf(ran), BARS_AT - LABEL_COLUMNS - RAN.length))
  return labelled('waited', [span(padded(waited, first)), span(RAN, 'dim'), span(ran)])
}

function percentiles(of: Percentiles | null, isNamed: boolean): string {
  if (of === null) return '-'
  const { p50, p95, p99 } = of
  return isNamed
    ? `p50 ${duration(p50)}, p95 ${duration(p95)}, p99 ${duration(p99)}`
    : [p50, p95, p99].map(duration).join(' / ')
}

/** What is now first; what has ended only where there is room for it. */
function tasksLine({ size }: WatchState, overview: Overview): Line {
  const { tasks } = overview.stats
  const { due, delayed } = waitingOf(overview)
  const parts: [string, Span['style']][] = [
    [`${due} due`, due === '0' ? 'plain' : 'bold'],
    [`${grouped(tasks.in_progress)} running`, tasks.in_progress > 0 ? 'bold' : 'plain'],
    [`${delayed} delayed`, 'plain'],
    [`${grouped(tasks.error)} error`, tasks.error > 0 ? 'red' : 'plain'],
    [`${grouped(tasks.done)} done`, 'plain'],
    [`${grouped(tasks.cancelled)} cancelled`, 'plain'],
  ]
  const line: Span[] = []
  let room = size.columns - LABEL_COLUMNS
  for (const [text, style] of parts) {
    const gap = line.length === 0 ? '' : ', '
    room -= gap.length + text.length
    if (room < 0) break
    line.push(span(gap), span(text, style))
  }
  return labelled('tasks', line)
}

/** Of all pending tasks, or of those of one queue. Where not all that is delayed was counted, both are bounds. */
export function waitingOf({ stats, backlog }: Overview, queue?: string): { due: string; delayed: string } {
  const rows = backlog.filter((row) => queue === undefined || row.queue === queue)
  const delayed = rows.reduce((sum, row) => sum + row.delayed, 0)
  const counts = queue === undefined ? stats.tasks : stats.queues.find((row) => row.queue === queue)
  const due = grouped(Math.max(0, (counts?.pending ?? 0) - delayed))
  const isMore = rows.some(({ is_more }) => is_more)
  return isMore ? { due: `< ${due}`, delayed: `> ${grouped(delayed)}` } : { due, delayed: grouped(delayed) }
}

function label(text: string): Span[] {
  return [span(text.padEnd(LABEL_COLUMNS), 'dim')]
}

function labelled(text: string, spans: readonly Span[]): Line {
  return [...label(text), ...spans]
}
