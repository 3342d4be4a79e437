// The head of the overview: what the whole installation does, in as many lines as there is room for.
import { duration, grouped } from '../../telemetry/words.ts'
import { widthOf } from '../text-width.ts'
import { failedLine, settledLine, timesLine } from './figures.ts'
import { seconds } from './findings.ts'
import { LABEL_COLUMNS, labelled } from './label.ts'
import { type Line, type Span, span } from './line.ts'
import type { Overview, WatchState } from './state.ts'
import { harmless, padded } from './text.ts'

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

/** Which installation this is, and how old is what one sees. */
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

/** What is now first; what has ended only where there is room for it. */
function tasksLine({ size }: WatchState, overview: Overview): Line {
  const { tasks } = overview.stats
  const { due, delayed } = waitingOf(overview)
  const parts: [string, Span['style']][] = [
    [`${due} due`, due === '0' ? 'plain' : 'bold'],
    [`${grouped(tasks.in_progress)} in progress`, tasks.in_progress > 0 ? 'bold' : 'plain'],
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
