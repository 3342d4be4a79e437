// The documents with which remote workers claim and beat, each written once: for validation, for types, for /openapi.json and for /docs.
import { z } from 'zod'
import { UNIT_MS } from '../../task/duration.ts'
import { named } from '../components.ts'
import { id, task } from '../schemas.ts'
import { bodyId, duration, name, processId } from './fields.ts'

/** Each task brings its payload along: a claim must fit into one answer. */
const MOST_TASKS = 100
const MOST_NAMES = 1_000
const MOST_HELD = 10_000
const LONGEST_WAIT_MS = UNIT_MS.m
/** Beats come three times in a lease, over a network. */
const SHORTEST_LEASE_MS = UNIT_MS.s
const LONGEST_LEASE_MS = UNIT_MS.h
const DEFAULT_LEASE_MS = 15 * UNIT_MS.s

const names = z.array(name).min(1).max(MOST_NAMES)

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
  { process: 'mine', kinds: ['reverse'], limit: 1 },
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
  { process_id: 1, holding: [1] },
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
