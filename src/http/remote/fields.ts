// Fields that several documents of remote workers have.
import { z } from 'zod'
import { parseDuration, UNIT_MS } from '../../task/duration.ts'
import { NAME, NAME_PROBLEM } from '../../task/name.ts'
import { taskId } from '../../task/task.ts'
import { ID_PROBLEM, isId } from '../schemas.ts'

export const name = z.string().regex(NAME, NAME_PROBLEM)

/** Milliseconds, of a number of seconds or a text such as 500ms. */
export function duration(minMs: number, maxMs: number, range: string) {
  const sentence = `must be a time ${range}: a number of seconds, or a text such as 500ms, 5s or 2m`
  return z.union([z.number(), z.string()], sentence).transform((given, context) => {
    const ms = typeof given === 'number' ? Math.round(given * UNIT_MS.s) : parseDuration(given, 's')
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms
    context.addIssue(sentence)
    return z.NEVER
  })
}

/** An id in a body: a number while it is exact, else its digits. */
export const bodyId = z
  .union(
    [
      z.int(ID_PROBLEM).positive(ID_PROBLEM),
      z
        .string()
        .regex(/^\d{1,19}$/, { error: ID_PROBLEM, abort: true })
        .refine(isId, ID_PROBLEM),
    ],
    { error: ({ input }) => (input === undefined ? 'is missing' : ID_PROBLEM) },
  )
  .transform((given) => (typeof given === 'number' ? given : taskId(given)))

export const processId = bodyId.describe('The process_id that POST /claims answered')
