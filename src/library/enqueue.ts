// Enqueueing from a program, on the program's own connection: in its transaction where it has one.
import type { Db } from '../db/db.ts'
import { prepareEnqueue } from '../db/enqueue.ts'
import { payloadText } from '../db/enqueue-values.ts'
import { EXIT, ExpectedError } from '../errors.ts'
import type { Duration } from '../handlers/define.ts'
import { LIMITS } from '../task/limits.ts'
import { problemText, readNewTask } from '../task/new-task.ts'
import type { NewTask, TaskId } from '../task/task.ts'
import { currentTraceparent } from '../telemetry/trace.ts'

/** A pool or a client of pg, or whatever queries as they do. */
export interface Queryable {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>
}

/** A task to be run. What is left out has the default of the table. */
export interface TaskInput {
  readonly kind: string
  /** What JSON can hold; null where it is left out. */
  readonly payload?: unknown
  /** Default: `default`. */
  readonly queue?: string | undefined
  /** The larger comes first, -32768 to 32767. Default: 0. */
  readonly priority?: number | undefined
  /** From now, by the clock of the database. */
  readonly delay?: Duration | undefined
  /** Instead of a delay; a text is ISO 8601 with a zone. */
  readonly runAt?: Date | string | undefined
  /** Default: 3. */
  readonly maxAttempts?: number | undefined
  /** Refused while another live task (pending or running) has the same. */
  readonly uniqueKey?: string | undefined
  /** A run that takes longer is told to stop and has failed. Default: the kind's, else none. */
  readonly timeout?: Duration | undefined
  /** The W3C trace context that its runs belong to. Default: that of the span that is active here, if OpenTelemetry has one. */
  readonly traceparent?: string | undefined
}

/**
 * Inserts one task, or many in statements of up to 5,000, and resolves to its id or their ids in their order; null stands for a
 * task whose uniqueKey a live task has already (`findLive` tells which). `client` is your own: inside your transaction the tasks are there when
 * you commit, and never if you do not. Throws an ExpectedError that names every wrong field before anything is inserted.
 */
export function enqueue(client: Queryable, task: TaskInput): Promise<TaskId | null>
export function enqueue(client: Queryable, tasks: readonly TaskInput[]): Promise<(TaskId | null)[]>
export async function enqueue(
  client: Queryable,
  given: TaskInput | readonly TaskInput[],
): Promise<TaskId | null | (TaskId | null)[]> {
  const isMany = Array.isArray(given)
  const tasks = readTasks(isMany ? given : [given], isMany)
  const ids: (TaskId | null)[] = []
  let sent: Promise<(TaskId | null)[]> = Promise.resolve([])
  for (const { batch, payloads } of batches(tasks)) {
    // Its text is made while the database works on the batch before it.
    const send = prepareEnqueue(batch, payloads)
    ids.push(...(await sent))
    sent = send(client as Db)
  }
  ids.push(...(await sent))
  return isMany ? ids : (ids[0] ?? null)
}

/** Bounded in rows, and in the text that is in memory at once. */
function* batches(tasks: readonly NewTask[]): Generator<{ batch: readonly NewTask[]; payloads: string[] }> {
  let first = 0
  let chars = 0
  let payloads: string[] = []
  for (const [index, task] of tasks.entries()) {
    const text = payloadText(task)
    payloads.push(text)
    chars += text.length
    const next = index + 1
    if (next - first < LIMITS.insertRows && chars < LIMITS.batchBytes && next < tasks.length) continue
    yield { batch: tasks.slice(first, next), payloads }
    first = next
    chars = 0
    payloads = []
  }
}

function readTasks(inputs: readonly unknown[], isMany: boolean): NewTask[] {
  const tasks: NewTask[] = []
  const problems: string[] = []
  const defaults = { traceparent: currentTraceparent() }
  for (const [index, input] of inputs.entries()) {
    const read = readNewTask(documentOf(input), defaults)
    if ('task' in read) {
      tasks.push(read.task)
      continue
    }
    const where = isMany ? `task ${index}: ` : ''
    for (const problem of read.problems)
      problems.push(where + problemText({ ...problem, field: optionOf(problem.field) }))
  }
  if (problems.length === 0) return tasks
  const hint = 'A task looks like { kind: "emails", payload: { to: "ada@example.com" }, delay: "5m" }.'
  throw new ExpectedError(problems.slice(0, MAX_PROBLEMS).join('\n'), hint, EXIT.usage)
}

/** A thousand wrong tasks are wrong in the same way. */
const MAX_PROBLEMS = 20

/** The fields of a document that have another name here. */
const FIELDS: Readonly<Record<string, string>> = {
  runAt: 'run_at',
  maxAttempts: 'max_attempts',
  uniqueKey: 'unique_key',
}

/** Those, and durations. */
const DIFFERENT: ReadonlySet<string> = new Set([...Object.keys(FIELDS), 'delay', 'timeout'])

/** As a task stands in a file of tasks: there a bare number is seconds, here it is milliseconds. */
function documentOf(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input
  // Most are as they should be, and a copy costs as much as the check.
  if (isDocument(input as Readonly<Record<string, unknown>>)) return input
  const fields = Object.entries(input).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    fields.map(([name, value]) => {
      const isDuration = (name === 'delay' || name === 'timeout') && typeof value === 'number'
      return [
        FIELDS[name] ?? name,
        isDuration ? `${value}ms` : value instanceof Date && name === 'runAt' ? dateText(value) : value,
      ]
    }),
  )
}

function isDocument(input: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(input).every((name) => input[name] !== undefined && !DIFFERENT.has(name))
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? String(date) : date.toISOString()
}

function optionOf(field: string): string {
  return Object.keys(FIELDS).find((option) => FIELDS[option] === field) ?? field
}
