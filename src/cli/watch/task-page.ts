// The page of one task: its document, and what happened to it.
import type { LogItem } from '../../db/timeline.ts'
import type { TaskDocument } from '../../task/task.ts'
import { clockTime, instant } from '../relative.ts'
import { cutIntoLines, widthOf } from '../text-width.ts'
import { titleLine } from './header.ts'
import { type Line, type Style, span } from './line.ts'
import type { Look } from './look.ts'
import type { WatchState } from './state.ts'
import { harmless, padded } from './text.ts'

const LABEL_COLUMNS = 10
const LINES_OF_A_TEXT = 12

/** At most `rows` lines; the title stays while the rest is scrolled. */
export function taskLines(state: WatchState, rows: number): Line[] {
  const first = Math.min(scrollOf(state), lastScroll(state, rows))
  const all = contentLines(state)
  const window = all.slice(first, first + rows - 1)
  const below = all.length - first - window.length
  if (below > 0) window[window.length - 1] = [span(`${below + 1} more lines`, 'dim')]
  return [titleLine(state), ...window]
}

/** As far as one can scroll: the last line is in the last row. */
export function lastScroll(state: WatchState, rows = state.size.rows - 1): number {
  return Math.max(0, contentLines(state).length - (rows - 1))
}

function scrollOf({ page }: WatchState): number {
  return page.name === 'task' ? page.scroll : 0
}

function contentLines(state: WatchState): Line[] {
  const { page, taskView, look, size } = state
  if (page.name !== 'task') return []
  if (taskView === null) return [[span(`task ${page.id}`, 'bold')]]
  const { task, timeline } = taskView.value
  if (task === null) return [[span(`there is no task ${page.id}`, 'yellow')]]
  return [...documentLines(task, size.columns, look), [], ...timelineLines(timeline, size.columns, look)]
}

const STATUS_STYLES: Readonly<Record<TaskDocument['status'], Style>> = {
  pending: 'bold',
  in_progress: 'bold',
  done: 'green',
  error: 'red',
  cancelled: 'yellow',
}

function documentLines(task: TaskDocument, columns: number, look: Look): Line[] {
  const { status } = task
  const who = task.claimed_by === null ? '' : ` by ${task.claimed_by}`
  const crashes = task.crashes > 0 ? `, ${task.crashes} ${task.crashes === 1 ? 'crash' : 'crashes'}` : ''
  const line = (label: string, text: string | null, style: Style = 'plain'): Line[] =>
    text === null ? [] : labelled(label, text, style, columns, look)
  return [
    ...line('task', `${task.id} ${task.kind}`, 'bold'),
    ...line('status', status + (status === 'in_progress' ? who : ''), STATUS_STYLES[status]),
    ...line('queue', `${task.queue}, priority ${task.priority}`),
    ...line('attempts', `${task.attempts} of ${task.max_attempts}${crashes}`),
    ...line('created', instant(task.created_at)),
    ...(status === 'pending' ? line('due', instant(task.run_at)) : []),
    ...line('claimed', task.claimed_at && `${instant(task.claimed_at)}${who}`),
    ...line('finished', task.finished_at && instant(task.finished_at)),
    ...line('key', task.unique_key),
    ...line('payload', JSON.stringify(task.payload)),
    ...(status === 'done' ? line('result', JSON.stringify(task.result), 'green') : []),
    ...line('error', task.error, 'red'),
  ]
}

function labelled(label: string, text: string, style: Style, columns: number, look: Look): Line[] {
  const room = columns - LABEL_COLUMNS
  return textLines(text, room, look).map((part, at) => [
    span((at === 0 ? label : '').padEnd(LABEL_COLUMNS), 'dim'),
    span(part, style),
  ])
}

/** The lines of a text (a stack, say) stay lines. */
function textLines(text: string, columns: number, look: Look): string[] {
  const lines = text.split(/\r?\n/, LINES_OF_A_TEXT)
  return lines
    .flatMap((line) => cutIntoLines(harmless(line, look), columns, LINES_OF_A_TEXT))
    .slice(0, LINES_OF_A_TEXT)
}

const LEVEL_STYLES: Readonly<Record<LogItem['level'], Style>> = {
  debug: 'dim',
  info: 'plain',
  warn: 'yellow',
  error: 'red',
}
/** Where there is less room, the name of the process is left out. */
const PROCESS_FROM_COLUMNS = 70
const LONGEST_PROCESS = 20

function timelineLines(timeline: readonly LogItem[], columns: number, look: Look): Line[] {
  const names = timeline.map(({ process }) => harmless(process ?? '', look))
  const longest = Math.min(LONGEST_PROCESS, Math.max(0, ...names.map(widthOf)))
  const nameColumns = columns < PROCESS_FROM_COLUMNS ? 0 : longest
  return timeline.flatMap(({ at, attempt, level, message }, index) => {
    const attemptText = attempt === 0 ? ' ' : String(attempt)
    const before = `${(columns < PROCESS_FROM_COLUMNS ? clockTime : instant)(at)}  ${attemptText.padStart(2)}  `
    const name = nameColumns > 0 ? `${padded(names[index] ?? '', nameColumns, { from: 'start' })}  ` : ''
    const indent = widthOf(before) + widthOf(name)
    return textLines(message, Math.max(10, columns - indent), look).map((part, place) =>
      place === 0
        ? [span(before, 'dim'), span(name, 'dim'), span(part, LEVEL_STYLES[level])]
        : [span(' '.repeat(indent)), span(part, LEVEL_STYLES[level])],
    )
  })
}
