// The body of POST /tasks: one task or many, or every problem of each of them.
import { setImmediate } from 'node:timers/promises'
import { LIMITS } from '../task/limits.ts'
import { problemText, readNewTask } from '../task/new-task.ts'
import type { NewTask } from '../task/task.ts'
import { type FieldProblem, wrongFields } from './problem.ts'

/** Fields for tasks that leave them out. */
type Defaults = Readonly<Record<string, unknown>>

/** The task of `document`; throws a refusal with all that is wrong with it. */
export function readOne(document: unknown, defaults: Defaults): NewTask {
  const read = readNewTask(document, defaults)
  if ('task' in read) return read.task
  throw wrongFields(
    read.problems.map((one) => shown(one)),
    'This is no task.',
  )
}

/** The tasks of an array; throws a refusal with all that is wrong with any of them, up to `problemsShown`. */
export async function readMany(
  documents: readonly unknown[],
  defaults: Defaults,
  { tasksPerRequest, problemsShown }: { tasksPerRequest: number; problemsShown: number },
): Promise<NewTask[]> {
  if (documents.length === 0 || documents.length > tasksPerRequest) {
    const problem = `must hold 1 to ${tasksPerRequest} tasks, got ${documents.length}`
    throw wrongFields([{ field: '', problem }])
  }
  const tasks: NewTask[] = []
  const problems: FieldProblem[] = []
  const keys = new Map<string, number>()
  for (const [index, document] of documents.entries()) {
    // Other requests are answered meanwhile.
    if (index % LIMITS.batchRows === LIMITS.batchRows - 1) await setImmediate()
    const read = readNewTask(document, defaults)
    if ('task' in read) {
      tasks.push(read.task)
      problems.push(...duplicateKey(read.task, index, keys))
    } else problems.push(...read.problems.map((one) => ({ index, ...shown(one) })))
  }
  if (problems.length === 0) return tasks
  const more = problems.length > problemsShown ? `, the first ${problemsShown} are listed` : ''
  const wrong = problems.length === 1 ? '1 field is wrong' : `${problems.length} fields are wrong`
  const detail = `Nothing was inserted: ${wrong}${more}.`
  throw wrongFields(problems.slice(0, problemsShown), detail)
}

function duplicateKey({ uniqueKey }: NewTask, index: number, keys: Map<string, number>): FieldProblem[] {
  if (uniqueKey === undefined) return []
  const first = keys.get(uniqueKey)
  if (first === undefined) {
    keys.set(uniqueKey, index)
    return []
  }
  return [{ index, field: 'unique_key', problem: `is that of task ${first} in the same array` }]
}

/** A field of somebody's invention may have any name. */
function shown({ field, problem }: FieldProblem): FieldProblem {
  return field === ''
    ? { field, problem }
    : { field: problemText({ field, problem: '' }).slice(0, -2), problem }
}
