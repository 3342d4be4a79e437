// The documents of remote workers, each written once: for validation, for types, for /openapi.json and for /docs.
import { z } from 'zod'
import { parseDuration, UNIT_MS } from '../../task/duration.ts'
import { clip, LIMITS } from '../../task/limits.ts'
import { payloadProblem } from '../../task/payload.ts'
import { taskId } from '../../task/task.ts'
import { named } from '../components.ts'
import { ID_PROBLEM, id, idText, instant, isId, json, status, task } from '../schemas.ts'

/** Each task brings its payload along: a claim must fit into one answer. */
const MOST_TASKS = 100
const MOST_NAMES = 1_000
const MOST_HELD = 10_000
const LONGEST_WAIT_MS = UNIT_MS.m
/** Beats come three times in a lease, over a network. */
const SHORTEST_LEASE_MS = UNIT_MS.s
const LONGEST_LEASE_MS = UNIT_MS.h
const DEFAULT_LEASE_MS = 15 * UNIT_MS.s

const NAME_PROBLEM = `must be a name of 1 to ${LIMITS.nameChars} characters without control characters`
// A lone surrogate would be stored as something else, and not be found again.
const name = z.string().regex(new RegExp(`^[^\\p{Cc}\\p{Cs}]{1,${LIMITS.nameChars}}$`, 'u'), NAME_PROBLEM)
const names = z.array(name).min(1).max(MOST_NAMES)

/** Milliseconds, of a number of seconds or a text such as 500ms. */
function duration(minMs: number, maxMs: number, range: string) {
  const sentence = `must be a time ${range}: a number of seconds, or a text such as 500ms, 5s or 2m`
  return z.union([z.number(), z.string()], sentence).transform((given, context) => {
    const ms = typeof given === 'number' ? Math.round(given * UNIT_MS.s) : parseDuration(given, 's')
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms
    context.addIssue(sentence)
    return z.NEVER
  })
}

/** An id in a body: a number while it is exact, else its digits. */
const bodyId = z
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

const processId = bodyId.describe('The process_id that POST /claims answered')

export const claimsBody = named(
  z.strictObject({
    process: name.describe('What stats and logs call this worker; no two live processes share a name'),
    process_id: processId
      .optional()
      .describe('As the first answer gave it; left out, the worker registers anew'),
    queues: names.nullish().describe('Left out: every queue'),
    kinds: names.describe('Nothing of another kind is claimed'),
    limit: z.int().min(1).max(MOST_TASKS).default(1).describe('How many tasks it takes at most'),
    wait: duration(0, LONGEST_WAIT_MS, 'of at most 60 s')
      .default(0)
      .describe('How long the answer may wait for a task, at most 60 s'),
    lease: duration(SHORTEST_LEASE_MS, LONGEST_LEASE_MS, 'from 1 s to 1 h')
      .default(DEFAULT_LEASE_MS)
      .describe('How long it may be silent before its tasks are rescued; counts when it registers'),
    host: name.optional().describe('Where it runs; left out, the address of the client'),
  }),
  'ClaimsRequest',
  'input',
)

const claimedTask = named(
  task.extend({
    timeout_ms: z.int().nullable().describe('How long a run may take; null: no limit'),
    traceparent: z.string().nullable().describe('The W3C trace context of who enqueued it'),
  }),
  'ClaimedTask',
)

export const claims = named(
  z.object({
    process_id: id.describe('Names this worker in every later call'),
    lease_seconds: z.number().describe('It must be heard of this often; beat three times as often'),
    tasks: z.array(claimedTask).describe('In the order in which they should run; each is to be settled'),
  }),
  'Claims',
)

export const beatParams = z.strictObject({ name })

export const beatBody = named(
  z.strictObject({
    process_id: processId,
    holding: z
      .array(bodyId)
      .max(MOST_HELD)
      .nullish()
      .describe(
        'The ids of all tasks it holds; what it was given 10 s ago or longer and does not name is given back',
      ),
    state: z
      .enum(['running', 'stopping'])
      .default('running')
      .describe('stopping: it gets no more tasks, and is gone as soon as it holds none'),
  }),
  'BeatRequest',
  'input',
)

export const beat = named(
  z.object({
    process_id: id,
    state: z.enum(['running', 'draining', 'stopped']),
    lease_seconds: z.number(),
    cancel: z
      .array(id)
      .describe('Of the tasks it holds: somebody wants them cancelled. Stop them, then release or fail'),
    lost: z.array(id).describe('Of the tasks it says it holds: they are not its own any more'),
  }),
  'Beat',
)

export const settleParams = z.strictObject({ id: idText })

const claimRef = {
  process_id: processId,
  claim_number: z.int().min(1).describe('As the claimed task has it'),
}

const result = json.optional().superRefine((value, context) => {
  const problem = value === undefined ? undefined : payloadProblem(value)
  if (problem !== undefined) context.addIssue(problem)
})

const errorText = z
  .string()
  .min(1)
  .transform((text) => clip(text.replaceAll('\u0000', '\uFFFD').toWellFormed(), LIMITS.errorChars))
  .describe(`Kept up to ${LIMITS.errorChars} characters`)

export const completeBody = named(z.strictObject({ ...claimRef, result }), 'Completion', 'input')
export const failBody = named(
  z.strictObject({
    ...claimRef,
    error: errorText,
    permanent: z.boolean().default(false).describe('No further attempt, even if one is left'),
  }),
  'Failure',
  'input',
)
export const snoozeBody = named(
  z.strictObject({
    ...claimRef,
    delay: duration(0, LIMITS.delayMs, 'of at most 100 years').describe(
      'When it should be looked at again; costs no attempt',
    ),
  }),
  'Snooze',
  'input',
)
export const releaseBody = named(z.strictObject(claimRef), 'Release', 'input')

export const settled = named(
  z.object({
    id,
    status,
    attempts: z.int(),
    run_at: instant.describe('Of a pending task: when it is due again'),
  }),
  'Settled',
)
