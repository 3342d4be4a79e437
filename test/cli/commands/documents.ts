// The JSON documents of the commands that look at tasks, as a contract: nothing more and nothing less.
import { z } from 'zod'
import { STATUSES } from '../../../src/task/status.ts'

const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
const id = z.union([z.int().positive(), z.string().regex(/^\d{16,19}$/)])

export const TASK = z.strictObject({
  id,
  kind: z.string(),
  queue: z.string(),
  status: z.enum(STATUSES),
  payload: z.json(),
  priority: z.int(),
  attempts: z.int(),
  max_attempts: z.int(),
  crashes: z.int(),
  claim_number: z.int(),
  run_at: time,
  claimed_by: z.string().nullable(),
  claimed_at: time.nullable(),
  finished_at: time.nullable(),
  result: z.json(),
  error: z.string().nullable(),
  unique_key: z.string().nullable(),
  created_at: time,
  updated_at: time,
})

export const TASK_PAGE = z.strictObject({ items: z.array(TASK), next: id.nullable() })

export const LOG_ITEM = z.strictObject({
  at: time,
  attempt: z.int(),
  process: z.string().nullable(),
  level: z.enum(['debug', 'info', 'warn', 'error']),
  message: z.string(),
})

export const LOGS = z.strictObject({ items: z.array(LOG_ITEM), next: id.nullable() })
