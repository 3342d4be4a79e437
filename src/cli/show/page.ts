// One task on a page for people: what it is, what is in it, and what happened to it. Every line fits the screen.
import type { HistoryRow } from '../../db/history.ts'
import type { JsonValue, TaskDocument } from '../../task/task.ts'
import { count, oneLine } from '../../telemetry/words.ts'
import { clockTime, instant, relative } from '../relative.ts'
import { cutEnd, cutIntoLines, widthOf } from '../text-width.ts'
import { type Moment, moments } from './moments.ts'
import { happenings } from './runs.ts'

const INDENT = '  '
const LABEL_COLUMNS = 10
/** In a pipe too: a value that is longer is easier to read in lines. */
const COMPACT_COLUMNS = 100
const MAX_VALUE_LINES = 24
/** Of one moment or one line of a value; on a screen it may take several lines. */
const MAX_CHARS = 1_000
const MAX_WRAPPED = 12

export interface Subject {
  readonly task: TaskDocument
  readonly history: readonly HistoryRow[]
  /** The clock of the database. */
  readonly nowMs: number
  /** What the program is called where somebody types. */
  readonly program?: string
}

/** The lines of the page, none wider than `columns`; the first one is its title. */
export function pageLines(
  { task, history, nowMs, program = 'taskproc' }: Subject,
  columns: number,
): string[] {
  const whole = `${program} show ${task.id} --json`
  const { result, error, payload } = task
  return [
    ...hanging(`#${task.id} ${task.kind}, ${task.status}`, 0, columns),
    ...hanging(factsOf(task), 0, columns),
    '',
    ...timesOf(task, nowMs, columns),
    ...section('payload', valueLines(payload, columns, whole)),
    ...(result === null ? [] : section('result', valueLines(result, columns, whole))),
    ...(error === null ? [] : section('error', textLines(error, columns, whole))),
    '',
    'what happened (UTC)',
    ...timeline(moments(task, happenings(task, history), nowMs, program), columns),
  ]
}

function factsOf({
  queue,
  priority,
  attempts,
  max_attempts,
  crashes,
  unique_key,
  claimed_by,
  status,
}: TaskDocument): string {
  const facts = [
    `queue ${queue}`,
    `priority ${priority}`,
    `${attempts} of ${count(max_attempts, 'attempt')}`,
    ...(crashes > 0 ? [crashes === 1 ? '1 crash' : `${crashes} crashes`] : []),
    ...(unique_key === null ? [] : [`key ${unique_key}`]),
    ...(claimed_by === null ? [] : [`${status === 'in_progress' ? 'held' : 'last held'} by ${claimed_by}`]),
  ]
  return facts.join(', ')
}

/** Where both do not fit, how long ago it was stands below the time. */
function timesOf(task: TaskDocument, nowMs: number, columns: number): string[] {
  const times: [string, string | null][] = [
    ['enqueued', task.created_at],
    ['due', task.run_at],
    ['claimed', task.claimed_at],
    ['finished', task.finished_at],
  ]
  return times.flatMap(([label, at]) => {
    if (at === null) return []
    const line = label.padEnd(LABEL_COLUMNS) + instant(at)
    const away = relative(Date.parse(at) - nowMs)
    const both = `${line}  ${away}`
    return both.length <= columns ? [both] : [line, ' '.repeat(LABEL_COLUMNS) + away]
  })
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', title, ...lines]
}

/** In one line where it fits, else pretty-printed. */
function valueLines(value: JsonValue, columns: number, whole: string): string[] {
  const compact = INDENT + oneLine(JSON.stringify(value), MAX_CHARS)
  if (compact.length < MAX_CHARS && widthOf(compact) <= Math.min(columns, COMPACT_COLUMNS)) return [compact]
  return bounded(JSON.stringify(value, null, 2).split('\n'), whole).map((line) => {
    const indent = INDENT + ' '.repeat(line.length - line.trimStart().length)
    return cutEnd(indent + oneLine(line.trimStart(), MAX_CHARS), columns)
  })
}

function textLines(text: string, columns: number, whole: string): string[] {
  return bounded(text.split(/\r?\n/), whole).flatMap((line) =>
    hanging(INDENT + oneLine(line, MAX_CHARS), INDENT.length, columns),
  )
}

/** `whole`: the command that shows all of them. */
function bounded(lines: readonly string[], whole: string): string[] {
  if (lines.length <= MAX_VALUE_LINES) return [...lines]
  const hidden = lines.length - MAX_VALUE_LINES + 1
  return [...lines.slice(0, MAX_VALUE_LINES - 1), `${count(hidden, 'more line')}: ${whole}`]
}

const CLOCK = '00:00:00.000'

/** The time of each, and the date where it is another than that of the one before. */
function timeline(all: readonly Moment[], columns: number): string[] {
  let date = ''
  return all.flatMap(({ at, depth, text }) => {
    const isNewDate = at !== null && at.slice(0, 10) !== date
    if (isNewDate) date = at.slice(0, 10)
    const clock = at === null ? ' '.repeat(CLOCK.length) : clockTime(at)
    const lead = `${INDENT}${clock}${INDENT}${INDENT.repeat(depth)}`
    return [
      ...(isNewDate ? [INDENT + date] : []),
      ...hanging(lead + oneLine(text, MAX_CHARS), lead.length, columns),
    ]
  })
}

/** `text` broken to lines of at most `columns`, all but the first indented. Its own indent is kept. */
function hanging(text: string, indent: number, columns: number): string[] {
  if (widthOf(text) <= columns) return [text]
  const lead = text.slice(0, indent)
  // Beside a deep indent on a narrow screen something has to remain.
  const room = Math.max(columns - indent, 12)
  const [first = '', ...rest] = cutIntoLines(text.slice(indent), room, MAX_WRAPPED)
  return [lead + first, ...rest.map((line) => ' '.repeat(indent) + line)]
}
