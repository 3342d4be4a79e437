// The document of GET /stats and `taskproc stats --json`.
import { z } from 'zod'
import { STATUSES } from '../task/status.ts'
import { named } from './components.ts'
import { id, instant } from './schemas.ts'

const perStatus = Object.fromEntries(STATUSES.map((status) => [status, z.number()])) as Record<
  (typeof STATUSES)[number],
  z.ZodNumber
>
const percentiles = z.object({ p50: z.number(), p95: z.number(), p99: z.number() })
const seconds = z.number().describe('Seconds')

const doing = z.object({ id, kind: z.string(), worker: z.int(), for_seconds: seconds })

const process = z.object({
  id,
  name: z.string(),
  host: z.string(),
  pid: z.int(),
  version: z.string(),
  state: z.enum(['running', 'draining', 'stopped', 'lost']),
  queues: z.array(z.string()).nullable().describe('null: every queue'),
  kinds: z.array(z.string()),
  workers: z.int(),
  running: z.int().describe('When its lease is over: tasks that it holds'),
  waiting: z.int(),
  started_at: instant,
  heartbeat_at: instant,
  last_beat_seconds: seconds,
  lease_seconds: seconds,
  doing: z.array(doing).describe('What runs longest there'),
  settled_last_minute: z.number(),
  failed_last_minute: z.number(),
})

const queue = z.object({
  queue: z.string(),
  ...perStatus,
  paused: z.boolean(),
  oldest_pending_seconds: seconds.nullable(),
})

export const stats = named(
  z.object({
    counted: z
      .enum(['exact', 'counters'])
      .describe('counters: done, error, cancelled and in_progress are as of the last beats'),
    tasks: z.object(perStatus),
    queues: z.array(queue),
    kinds: z.array(z.object({ kind: z.string(), ...perStatus })),
    processes: z.array(process),
    oldest_pending_seconds: seconds.nullable(),
    throughput: z.object({
      per_second: z.number(),
      window_seconds: z.number(),
      step_seconds: z.number(),
      history: z.array(z.number()),
      failed_history: z.array(z.number()),
    }),
    failures_per_minute: z.number(),
    wait_ms: percentiles.nullable(),
    run_ms: percentiles.nullable(),
  }),
  'Stats',
)
