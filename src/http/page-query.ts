// The query of GET /tasks: which tasks are meant, as with the flags of `taskproc list`, and which page of them.
import { z } from 'zod'
import type { Page } from '../db/browse.ts'
import { parseDuration } from '../task/duration.ts'
import type { TaskFilter } from '../task/filter.ts'
import { LIMITS } from '../task/limits.ts'
import { nameProblem } from '../task/new-task.ts'
import { STATUSES } from '../task/status.ts'
import { idText, rowCount } from './schemas.ts'

const DEFAULT_PAGE_ROWS = 100

/** A parameter that may be repeated. */
function repeated<Item extends z.ZodType>(item: Item) {
  return z.preprocess((value) => [value].flat(), z.array(item).min(1).max(MAX_VALUES))
}

const MAX_VALUES = 100

const name = z.string().superRefine((value, context) => {
  const problem = nameProblem(value)
  if (problem !== undefined) context.addIssue(problem)
})

const status = z.enum(STATUSES, `must be one of ${STATUSES.join(', ')}; repeat the parameter for several`)

const text = z
  .string()
  .min(1, 'must not be empty')
  .max(LIMITS.errorChars, `must have at most ${LIMITS.errorChars} characters`)
  .refine((value) => !value.includes('\u0000') && value.isWellFormed(), 'must be text without U+0000')

const age = z.string().transform((value, context) => {
  const ms = parseDuration(value, 's')
  if (ms !== undefined && ms >= 0 && ms <= LIMITS.delayMs) return ms
  context.addIssue('must be a time such as 30s, 5m or 7d')
  return z.NEVER
})

export const pageQuery = z.strictObject({
  status: repeated(status).optional().describe('Repeat it for several'),
  queue: repeated(name).optional().describe('Repeat it for several'),
  kind: repeated(name).optional().describe('Repeat it for several'),
  process: name.optional().describe('The process that holds it, or held it when it finished'),
  error: text.optional().describe('Part of the error text, in any case of letters'),
  older_than: age.optional().describe('Finished so long ago, or created where it has not finished'),
  limit: rowCount(LIMITS.pageRows)
    .optional()
    .describe(`Tasks on the page, up to ${LIMITS.pageRows}. Default: ${DEFAULT_PAGE_ROWS}`),
  after: idText.optional().describe('`next` of the page before'),
  newest: z
    .enum(['true', 'false'], 'must be true or false')
    .optional()
    .describe('true: from the largest id down'),
})

/** What is left out means no condition. */
export function filterOf({ older_than, ...query }: z.output<typeof pageQuery>): TaskFilter {
  const { status, queue, kind, process, error } = query
  const filter = { status, queue, kind, process, error, olderThanMs: older_than }
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined))
}

/** Without a limit the default one; from the smallest id up unless the newest are wanted first. */
export function pageOf({ limit = DEFAULT_PAGE_ROWS, after, newest }: z.output<typeof pageQuery>): Page {
  return { limit, after: after ?? null, newestFirst: newest === 'true' }
}
