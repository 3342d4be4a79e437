// A filter as a condition: SQL with numbered parameters, for a statement about `taskproc.tasks t`.
import type { TaskFilter } from '../../task/filter.ts'
import { MAY_HOLD } from '../owner.ts'

export interface Condition {
  /** Always a complete condition; `true` where everything is meant. */
  readonly sql: string
  readonly values: readonly unknown[]
}

/**
 * The condition of `filter`. Its parameters count from `firstParameter`.
 *
 * No index knows `status`: what is claimable and what failed have indexes of their own, and a condition that names
 * only those statuses says so in the words of the index. What runs is found by its owner, who is alive or lately was.
 */
export function condition(filter: TaskFilter, firstParameter: number): Condition {
  const values: unknown[] = []
  const next = (value: unknown): string => {
    values.push(value)
    return `$${firstParameter + values.length - 1}`
  }
  const { status, queue, kind, process, error, olderThanMs } = filter
  const parts: string[] = []
  if (status !== undefined) parts.push(statusCondition(status, next))
  if (queue !== undefined) parts.push(`t.queue = any (${next(queue)}::text[])`)
  if (kind !== undefined) parts.push(`t.kind = any (${next(kind)}::text[])`)
  if (process !== undefined)
    parts.push(
      `t.claimed_by = any (array(select id from taskproc.processes where name = ${next(process)}::text))`,
    )
  if (error !== undefined)
    parts.push(`t.error is not null and strpos(lower(t.error), lower(${next(error)}::text)) > 0`)
  if (olderThanMs !== undefined)
    parts.push(
      `coalesce(t.finished_at, t.created_at) <= now() - ${next(olderThanMs)}::float8 * interval '1 millisecond'`,
    )
  return { sql: parts.length === 0 ? 'true' : parts.join(' and '), values }
}

function statusCondition(status: readonly string[], next: (value: unknown) => string): string {
  const only = status.length === 1 ? status[0] : undefined
  if (only === 'pending') return 't.claimable'
  if (only === 'error') return 't.failed'
  const any = `t.status = any (${next(status)}::text[])`
  return only === 'in_progress' ? `${any} and ${OWNED_NOW}` : any
}

const OWNED_NOW = `t.claimed_by in (select p.id from taskproc.processes p where ${MAY_HOLD})`
