// What the statements of enqueue are given: one task as plain values, a batch as one array for each column.
import type { NewTask } from '../task/task.ts'

/** Of the table, for what a task leaves out. */
export const DEFAULTS = { queue: 'default', priority: 0, maxAttempts: 3 } as const

/** Whether ON CONFLICT may leave out some of them. */
export function isKeyed(tasks: readonly NewTask[]): boolean {
  return tasks.some(({ uniqueKey }) => uniqueKey !== undefined)
}

/** Of one task, in the order of the parameters. */
export function oneValues(task: NewTask): unknown[] {
  return [
    payloadText(task),
    task.kind,
    task.queue ?? DEFAULTS.queue,
    task.priority ?? DEFAULTS.priority,
    task.runAt ?? null,
    task.delayMs ?? 0,
    task.maxAttempts ?? DEFAULTS.maxAttempts,
    task.timeoutMs ?? null,
    task.backoffMs ?? null,
    task.trace ?? null,
    task.uniqueKey ?? null,
  ]
}

/** As JSON. */
export function payloadText({ payload = null }: NewTask): string {
  return JSON.stringify(payload)
}

/** Of a plain batch: tasks of one kind and one queue that name nothing else; undefined where they do. `payloads` are theirs, as JSON. */
export function plainValues(tasks: readonly NewTask[], payloads: readonly string[]): unknown[] | undefined {
  const [{ kind, queue } = { kind: '' }] = tasks
  if (!tasks.every((task) => task.kind === kind && task.queue === queue && isPlain(task))) return undefined
  return [arrayOfJson(payloads), kind, queue ?? DEFAULTS.queue]
}

function isPlain({ kind, queue, payload, ...others }: NewTask): boolean {
  return Object.values(others).every((value) => value === undefined)
}

/** Of a batch, in the same order: an array for each; and the kind that all of them share, or null. */
export function batchValues(tasks: readonly NewTask[], payloads: readonly string[]): unknown[] {
  const shared = sharedKind(tasks)
  return [
    arrayOfJson(payloads),
    shared === undefined ? tasks.map(({ kind }) => kind) : [],
    column(tasks, ({ queue }) => queue),
    column(tasks, ({ priority }) => priority),
    column(tasks, ({ runAt }) => runAt),
    column(tasks, ({ delayMs }) => delayMs),
    column(tasks, ({ maxAttempts }) => maxAttempts),
    column(tasks, ({ timeoutMs }) => timeoutMs),
    column(tasks, ({ backoffMs }) => backoffMs),
    column(tasks, ({ trace }) => trace),
    column(tasks, ({ uniqueKey }) => uniqueKey),
    shared ?? null,
  ]
}

/** The kind of all of them, where there is one: it is sent once. */
function sharedKind([first, ...others]: readonly NewTask[]): string | undefined {
  return others.every(({ kind }) => kind === first?.kind) ? first?.kind : undefined
}

/**
 * An array of texts as PostgreSQL writes it. Inside JSON only quotes and backslashes need an escape, and they are escaped
 * as JSON escapes them: so this is done by one call, at twice the speed of a loop over the texts.
 */
function arrayOfJson(json: readonly string[]): string {
  const texts = JSON.stringify(json)
  return `{${texts.slice('['.length, -']'.length)}}`
}

/** Empty where no task names it: unnest fills it up with nulls, at no cost. */
function column<Value>(
  tasks: readonly NewTask[],
  of: (task: NewTask) => Value | undefined,
): (Value | null)[] {
  return tasks.some((task) => of(task) !== undefined) ? tasks.map((task) => of(task) ?? null) : []
}
