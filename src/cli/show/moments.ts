// What happened, in words: a line for each moment, those of a run under its heading.
import type { TaskDocument } from '../../task/task.ts'
import { count, duration } from '../../telemetry/words.ts'
import { clockTime, instant, relative } from '../relative.ts'
import type { Happening, Note, Run } from './runs.ts'

export interface Moment {
  /** ISO 8601; null for a heading and for what has no time of its own. */
  readonly at: string | null
  /** How far it is indented: 1 for what is part of a run. */
  readonly depth: 0 | 1
  readonly text: string
}

/** More are said to be there, and not shown: the last ones tell how it stands. */
const MAX_RUNS = 12
const MAX_LINES = 20

/** The timeline of a task as of `nowMs`, by the clock of the database; `program` is what is typed for it. */
export function moments(
  task: TaskDocument,
  happened: readonly Happening[],
  nowMs: number,
  program = 'taskproc',
): Moment[] {
  const logs = `${program} logs ${task.id}`
  const hidden = Math.max(0, happened.length - 1 - MAX_RUNS)
  const [enqueued, ...later] = happened
  const shown = [...(enqueued === undefined ? [] : [enqueued]), ...later.slice(hidden)]
  const told = shown.flatMap((each, index) =>
    each.type === 'note'
      ? [noteOf(each)]
      : ofRun(each, task, happenedBefore(shown, index, task), nowMs, logs),
  )
  const [first, ...rest] = told
  const left = {
    at: null,
    depth: 0,
    text: `${count(hidden, 'earlier event')}: ${logs}`,
  } as const
  return [
    ...(first === undefined ? [] : [first]),
    ...(hidden > 0 ? [left] : []),
    ...rest,
    ...outlook(task, happened.at(-1), nowMs, program),
  ]
}

function noteOf({ at, row }: Note): Moment {
  if (row === null) return { at, depth: 0, text: 'enqueued' }
  const by = row.process === null ? '' : ` by ${row.process}`
  if (row.event === 'log') return { at, depth: 0, text: `attempt ${row.attempt}${by}: ${row.message}` }
  return { at, depth: 0, text: `${row.message}${by}` }
}

/** When what came before it was over, and its name. */
function happenedBefore(
  shown: readonly Happening[],
  index: number,
  task: TaskDocument,
): { at: string; what: string } {
  const before = shown[index - 1]
  if (before === undefined) return { at: task.created_at, what: 'it was enqueued' }
  if (before.type === 'run') return { at: before.end?.at ?? task.created_at, what: 'the run before' }
  return { at: before.at, what: before.row === null ? 'it was enqueued' : 'that' }
}

function ofRun(
  run: Run,
  task: TaskDocument,
  before: { at: string; what: string },
  nowMs: number,
  logs: string,
): Moment[] {
  const heading = `attempt ${run.attempt} of ${task.max_attempts}${run.process === null ? '' : `, on ${run.process}`}`
  const hidden = Math.max(0, run.lines.length - MAX_LINES)
  const lines = run.lines.slice(hidden).map(({ at, level, message, event }): Moment => {
    const text = event === 'log' ? `${level}: ${message}` : message
    return { at, depth: 1, text }
  })
  return [
    { at: null, depth: 0, text: heading },
    ...began(run, before),
    ...(hidden > 0
      ? [{ at: null, depth: 1, text: `${count(hidden, 'earlier line')}: ${logs}` } as const]
      : []),
    ...lines,
    ...ended(run, nowMs),
  ]
}

/** When it was claimed is said where nobody knows when it started: between them it may have waited for a worker. */
function began({ claimedAt, startedAt, dueAt }: Run, before: { at: string; what: string }): Moment[] {
  const at = startedAt ?? claimedAt
  if (at === null) return []
  const what = startedAt === null ? 'claimed' : 'started'
  const isDueLater = dueAt !== null && dueAt > before.at
  const since = isDueLater ? { at: dueAt, what: 'it was due' } : before
  const waited =
    isDueLater && before.what === 'the run before' ? `backed off ${between(before.at, dueAt)}, ` : ''
  return [{ at, depth: 1, text: `${waited}${what} ${between(since.at, at)} after ${since.what}` }]
}

function ended({ claimedAt, startedAt, end }: Run, nowMs: number): Moment[] {
  if (end === null) {
    const ago = claimedAt === null ? '' : `, claimed ${relative(Date.parse(claimedAt) - nowMs)}`
    return [{ at: null, depth: 1, text: `in progress${ago}` }]
  }
  const said = end.message === '' || end.message === end.event ? '' : `: ${end.message}`
  return [{ at: end.at, depth: 1, text: `${end.event}${took(claimedAt, startedAt, end.at)}${said}` }]
}

function took(claimedAt: string | null, startedAt: string | null, endAt: string): string {
  if (startedAt !== null) return ` after ${between(startedAt, endAt)}`
  return claimedAt === null ? '' : ` ${between(claimedAt, endAt)} after its claim`
}

/** What is to come. */
function outlook(
  { id, status, run_at }: TaskDocument,
  last: Happening | undefined,
  nowMs: number,
  program: string,
): Moment[] {
  if (status !== 'pending') return []
  const untilMs = Date.parse(run_at) - nowMs
  const isToday = new Date(nowMs).toISOString().slice(0, 10) === run_at.slice(0, 10)
  const at = `${isToday ? clockTime(run_at) : instant(run_at)} (${relative(untilMs)})`
  const text =
    untilMs > 0
      ? `${delayOf(last)} until ${at}`
      : `due since ${at}, and not claimed yet: ${program} why ${id}`
  return [{ at: null, depth: 0, text }]
}

function delayOf(last: Happening | undefined): string {
  const event = last?.type === 'run' ? last.end?.event : undefined
  if (event === 'failed') return 'backing off'
  return event === 'snoozed' ? 'snoozed' : 'delayed'
}

function between(from: string, to: string): string {
  return duration(Math.max(0, Date.parse(to) - Date.parse(from)))
}
