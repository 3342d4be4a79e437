// One batch of the lines of a file: inserted, and for each line either its id or why it was refused.
import { enqueue } from '../db/enqueue.ts'
import { findLive } from '../db/live-keys.ts'
import type { Pool } from '../db/pool.ts'
import { errorText } from '../task/outcome.ts'
import type { NewTask, TaskId } from '../task/task.ts'

export interface TaskLine {
  readonly line: number
  readonly task: NewTask
}

export type LineAnswer = { readonly line: number } & ({ readonly id: TaskId } | { readonly problem: string })

/** Answers in the order of the lines. Throws when the database cannot be used; then nothing is known of the batch. */
export async function insertLines(pool: Pool, lines: readonly TaskLine[]): Promise<LineAnswer[]> {
  try {
    const ids = await enqueue(
      pool,
      lines.map(({ task }) => task),
    )
    const keys = lines.flatMap(({ task }, index) =>
      ids[index] === null && task.uniqueKey ? [task.uniqueKey] : [],
    )
    const live = keys.length > 0 ? await findLive(pool, keys) : new Map<string, TaskId>()
    return lines.map(({ line, task }, index) => {
      const id = ids[index] ?? null
      return id === null ? { line, problem: liveProblem(task, live) } : { line, id }
    })
  } catch (thrown) {
    if (!isRefused(thrown)) throw thrown
    return insertApart(pool, lines, thrown)
  }
}

/** The sentence for a task that was kept out. */
export function liveProblem({ uniqueKey = '' }: NewTask, live: ReadonlyMap<string, TaskId>): string {
  const holder = live.get(uniqueKey)
  const who =
    holder === undefined ? 'another task, which has just finished, had' : `task ${holder} is live and has`
  return `${who} the unique key ${JSON.stringify(uniqueKey)}`
}

/** Something in it is refused by the database after all: halve until it stands alone. */
async function insertApart(pool: Pool, lines: readonly TaskLine[], thrown: unknown): Promise<LineAnswer[]> {
  const [only] = lines
  if (lines.length === 1 && only !== undefined) return [{ line: only.line, problem: errorText(thrown) }]
  const middle = Math.ceil(lines.length / 2)
  return [
    ...(await insertLines(pool, lines.slice(0, middle))),
    ...(await insertLines(pool, lines.slice(middle))),
  ]
}

/** SQLSTATE classes 22 (data exception), 23 (integrity) and 54 (too complex): another try would end the same way. */
function isRefused(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && /^(22|23|54)/.test(String(thrown.code))
}
