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
    JSON.stringify(task.payload ?? null),
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

/** Of a batch, in the same order: an array for each; and the kind that all of them share, or null. */
export function batchValues(tasks: readonly NewTask[]): unknown[] {
  const shared = sharedKind(tasks)
  return [
    payloads(tasks),
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
function payloads(tasks: readonly NewTask[]): string {
  const texts = JSON.stringify(tasks.map(({ payload = null }) => JSON.stringify(payload)))
  return `{${texts.slice('['.length, -']'.length)}}`
}

/** Empty where no task names it: unnest fills it up with nulls, at no cost. */
function column<Value>(
  tasks: readonly NewTask[],
  of: (task: NewTask) => Value | undefined,
): (Value | null)[] {
  return tasks.some((task) => of(task) !== undefined) ? tasks.map((task) => of(task) ?? null) : []
}
