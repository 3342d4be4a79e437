// One batch of the lines of a file: read, inserted, and for each line either its id or why it was refused.
import { enqueue } from '../../db/enqueue.ts'
import { findLive } from '../../db/live-keys.ts'
import type { Pool } from '../../db/pool.ts'
import { codeOf } from '../../errors.ts'
import { Inexact, parseExactJson } from '../../task/exact-json.ts'
import { problemText, readNewTask } from '../../task/new-task.ts'
import { errorText } from '../../task/outcome.ts'
import type { NewTask, TaskId } from '../../task/task.ts'
import type { TextLine } from './text-lines.ts'
import type { Place } from './unserved.ts'

/** Fields for lines that leave them out. */
export type Defaults = Readonly<Record<string, unknown>>

export type LineAnswer = { readonly line: number } & (
  | { readonly id: TaskId; readonly place: Place }
  | { readonly problem: string }
)

/**
 * Answers in the order of the lines. Throws when the database cannot be used; then nothing is known of the batch.
 *
 * What waits for the database is the text of the lines, which is a tenth of their objects: those are made at once, die
 * young, and are made again for the few that need a second look. A million lines fit in little memory that way.
 */
export async function insertLines(
  pool: Pool,
  lines: readonly TextLine[],
  defaults: Defaults,
): Promise<LineAnswer[]> {
  const problems = new Map<number, string>()
  try {
    const tasks = tasksOf(lines, defaults, problems)
    const places = tasks.map(placeOf)
    const ids = await enqueue(pool, tasks)
    const right = lines.filter(({ number }) => !problems.has(number))
    const kept = right.filter((_, index) => ids[index] === null)
    if (kept.length > 0) await noteLive(pool, kept, defaults, problems)
    const indexOf = new Map(right.map(({ number }, index) => [number, index]))
    return lines.map(({ number: line }) => {
      const problem = problems.get(line)
      const index = indexOf.get(line) ?? 0
      return problem === undefined
        ? { line, id: ids[index] ?? 0, place: places[index] ?? NOWHERE }
        : { line, problem }
    })
  } catch (thrown) {
    if (!isRefused(thrown)) throw thrown
    return insertApart(pool, lines, defaults, thrown)
  }
}

/** Where a task goes, with the default of the table. */
export function placeOf({ queue = 'default', kind }: NewTask): Place {
  return { queue, kind }
}

/** Each line that is right has a task: this one never is. */
const NOWHERE: Place = { queue: '', kind: '' }

function tasksOf(lines: readonly TextLine[], defaults: Defaults, problems: Map<number, string>): NewTask[] {
  return lines.flatMap((line) => {
    const read = readTaskLine(line, defaults)
    if ('task' in read) return [read.task]
    problems.set(line.number, read.problem)
    return []
  })
}

/** The task of a line, or all that is wrong with it. */
export function readTaskLine(
  { text, problem = '' }: TextLine,
  defaults: Defaults,
): { task: NewTask } | { problem: string } {
  if (text === null) return { problem }
  let document: unknown
  try {
    document = parseExactJson(text)
  } catch (thrown) {
    if (thrown instanceof Inexact) return { problem: thrown.message }
    return { problem: `is no JSON: ${errorText(thrown)}` }
  }
  const read = readNewTask(document, defaults)
  return 'task' in read ? read : { problem: read.problems.map(problemText).join('; ') }
}

async function noteLive(
  pool: Pool,
  lines: readonly TextLine[],
  defaults: Defaults,
  problems: Map<number, string>,
): Promise<void> {
  const tasks = tasksOf(lines, defaults, problems)
  const live = await findLive(
    pool,
    tasks.flatMap(({ uniqueKey = [] }) => uniqueKey),
  )
  for (const [index, { number }] of lines.entries()) problems.set(number, liveProblem(tasks[index], live))
}

/** The sentence for a task that was kept out. */
export function liveProblem(task: NewTask | undefined, live: ReadonlyMap<string, TaskId>): string {
  const key = task?.uniqueKey ?? ''
  const holder = live.get(key)
  const who = holder === undefined ? 'a task that has just finished had' : `task ${holder} is live and has`
  return `${who} the unique key ${JSON.stringify(key)}`
}

/** Something in it is refused by the database after all: halve until it stands alone. */
async function insertApart(
  pool: Pool,
  lines: readonly TextLine[],
  defaults: Defaults,
  thrown: unknown,
): Promise<LineAnswer[]> {
  const [only] = lines
  if (lines.length === 1 && only !== undefined) return [{ line: only.number, problem: errorText(thrown) }]
  const middle = Math.ceil(lines.length / 2)
  const first = await insertLines(pool, lines.slice(0, middle), defaults)
  return [...first, ...(await insertLines(pool, lines.slice(middle), defaults))]
}

/** SQLSTATE classes 22 (data exception), 23 (integrity) and 54 (too complex): another try would end the same way. */
function isRefused(thrown: unknown): boolean {
  return /^(22|23|54)/.test(codeOf(thrown))
}
