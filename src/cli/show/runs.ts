// What happened to a task, put together: its runs, each with its process, its end and what was logged in it, and between
// them what operators did.
import type { HistoryRow } from '../../db/history.ts'
import type { TaskDocument } from '../../task/task.ts'

/** One claim of the task, with its start where that is known, and whatever ended it. Times are ISO 8601 in UTC. */
export interface Run {
  readonly type: 'run'
  readonly attempt: number
  readonly process: string | null
  /** null: nobody knows. What is known of the last claim, and of one that ended before a worker took it. */
  readonly claimedAt: string | null
  /** null: it was given back before it began, or nobody knows: it runs, it is done, or its process died. */
  readonly startedAt: string | null
  /** By when it was due, where that is still known: of the last run only. */
  readonly dueAt: string | null
  /** null: it runs now, or its end was never written. */
  readonly end: {
    readonly at: string
    readonly event: HistoryRow['event'] | 'done'
    readonly message: string
  } | null
  readonly lines: readonly HistoryRow[]
}

/** Something that happened outside of runs. */
export interface Note {
  readonly type: 'note'
  readonly at: string
  readonly row: HistoryRow | null
}

export type Happening = Run | Note

/** In the order of time. `rows` are those of `readHistory`. */
export function happenings(task: TaskDocument, rows: readonly HistoryRow[]): Happening[] {
  const runs = [...endedRuns(task, rows.filter(endsRun)), ...currentRun(task)]
  const linesOf = new Map<Run, HistoryRow[]>(runs.map((run) => [run, []]))
  const strays: HistoryRow[] = []
  for (const row of rows.filter(isWithinRun)) {
    const run = runOf(row, runs)
    if (run === undefined) strays.push(row)
    else linesOf.get(run)?.push(row)
  }
  const notes = [...rows.filter((row) => isNote(row)), ...strays].map(
    (row): Note => ({ type: 'note', at: row.at, row }),
  )
  const enqueued: Note = { type: 'note', at: task.created_at, row: null }
  const all = [...runs.map((run) => ({ ...run, lines: linesOf.get(run) ?? [] })), ...notes]
  return [enqueued, ...all.map(inOrder).sort((a, b) => compare(placeOf(a), placeOf(b)))]
}

/** No line is before its run or after it: what was stored with another clock is moved to where it belongs. */
function inOrder(happening: Happening): Happening {
  if (happening.type === 'note') return happening
  const { claimedAt, startedAt, end, lines } = happening
  const from = startedAt ?? claimedAt ?? ''
  const within = (at: string) => (at < from ? from : end !== null && at > end.at ? end.at : at)
  const moved = lines.map((row) => ({ ...row, at: within(row.at) }))
  return { ...happening, lines: moved.sort((a, b) => compare(a.at, b.at)) }
}

/** What an operator writes has these words and no start: see db/cancel. */
const isOperators = ({ event, message, started_at }: HistoryRow): boolean =>
  event === 'cancelled' && started_at === null && (message === 'cancelled' || message === 'told to stop')

function isNote(row: HistoryRow): boolean {
  return row.event === 'retried' || (isOperators(row) && row.message === 'cancelled')
}

function isWithinRun(row: HistoryRow): boolean {
  return row.event === 'log' || (isOperators(row) && row.message === 'told to stop')
}

function endsRun(row: HistoryRow): boolean {
  return !isNote(row) && !isWithinRun(row)
}

function endedRuns(task: TaskDocument, ends: readonly HistoryRow[]): Run[] {
  const isOverNow = task.status === 'error' || task.status === 'cancelled'
  return ends.map(({ at, event, message, attempt, process, started_at, claimed_at }, index) => {
    // The row of the task still has the claim that its last run began with.
    const isLast = isOverNow && index === ends.length - 1 && task.claimed_at !== null && task.claimed_at <= at
    const claimedAt = claimed_at ?? (isLast ? task.claimed_at : null)
    const [startedAt, dueAt] = [started_at, isLast ? task.run_at : null]
    return {
      type: 'run',
      attempt,
      process,
      claimedAt,
      startedAt,
      dueAt,
      end: { at, event, message },
      lines: [],
    }
  })
}

/** The run that no row tells of: it goes on, or it ended well. */
function currentRun(task: TaskDocument): Run[] {
  const {
    status,
    attempts: attempt,
    claimed_by: process,
    claimed_at: claimedAt,
    finished_at,
    run_at: dueAt,
  } = task
  if (status !== 'in_progress' && status !== 'done') return []
  const end = finished_at === null ? null : ({ at: finished_at, event: 'done', message: '' } as const)
  return [{ type: 'run', attempt, process, claimedAt, startedAt: null, dueAt, end, lines: [] }]
}

/**
 * The run in which a line was logged. Attempts repeat (a release gives one back, a retry begins anew), so the time decides,
 * and the nearest one where no run has it: the clocks of a line and of the start of its run differ by milliseconds, and
 * a line that was written late may seem younger than the end.
 */
function runOf(row: HistoryRow, runs: readonly Run[]): Run | undefined {
  const isHandlers = row.event === 'log'
  const same = runs.filter(
    (run) => !isHandlers || (run.attempt === row.attempt && run.process === row.process),
  )
  const atMs = Date.parse(row.at)
  const distances = same.map((run) => distanceMs(run, atMs))
  return same[distances.indexOf(Math.min(...distances))]
}

/** 0 within the run; from its beginning or its end otherwise. */
function distanceMs({ claimedAt, startedAt, end }: Run, atMs: number): number {
  const from = startedAt ?? claimedAt
  const early = from === null ? 0 : Date.parse(from) - atMs
  const late = end === null ? 0 : atMs - Date.parse(end.at)
  return Math.max(early, late, 0)
}

function placeOf(happening: Happening): string {
  return happening.type === 'note'
    ? happening.at
    : (happening.startedAt ?? happening.claimedAt ?? happening.end?.at ?? '')
}

/** The texts of equal form, so their order is that of time. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
