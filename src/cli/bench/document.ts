// The document that `taskproc bench ... --json` prints, the same for every measurement: a list of runs, and where they ran.
import { z } from 'zod'

const amount = z.number().min(0)

/** Milliseconds; percentiles by nearest rank. */
const latency = z.strictObject({
  count: amount,
  mean: amount,
  p50: amount,
  p90: amount,
  p99: amount,
  p999: amount,
  max: amount,
})

const moment = z.strictObject({
  /** The end of the interval, from the beginning of the run. */
  at_seconds: amount,
  tasks_per_second: amount,
  /** Enqueued and not finished. */
  backlog: amount,
  p50_ms: amount.nullable(),
  p99_ms: amount.nullable(),
})

const perTask = z.strictObject({
  /** Of the whole server. */
  wal_bytes: z.number(),
  commits: z.number(),
  /** Of the engines, or of the clients that enqueue; null where they are not counted. */
  statements: amount.nullable(),
  /** Pages of 8 kB that were looked at. */
  buffers: z.number(),
})

/** What ran the tasks. */
const engine = z.strictObject({
  processes: amount,
  /** Of each process. */
  workers: amount,
  fetch_limit: amount,
})

const run = z.strictObject({
  name: z.string(),
  /** null where nobody ran them. */
  engine: engine.nullable(),
  tasks: amount,
  /** From the first start to the last outcome that was written. */
  seconds: amount,
  tasks_per_second: amount,
  /** From the word to the first start; null where nothing ran. */
  startup_ms: amount.nullable(),
  /** By name: enqueue_to_start, enqueue_to_finish, start_to_finish, claim, insert. */
  latency_ms: z.record(z.string(), latency),
  per_task: perTask,
  dead_rows: amount,
  cpu_seconds: z.strictObject({ clients: amount, server: amount.nullable() }),
  client_peak_rss_bytes: amount,
  /** Enqueued, and not finished, or never said to be. */
  lost: amount,
  /** Run or finished more often than asked for. */
  duplicated: amount,
  /** Outcomes that the database refused. */
  refused: amount,
  timeline: z.array(moment),
  /** What a reader must know to believe the figures, a sentence each; nothing where all is as it was meant. */
  remarks: z.array(z.string()),
})

const environment = z.strictObject({
  taskproc: z.string(),
  node: z.string(),
  postgres: z.string(),
  postgres_settings: z.record(z.string(), z.string()),
  platform: z.string(),
  cpu: z.string(),
  cores: amount,
  memory_bytes: amount,
  /** Where the rows were: in a database of their own, or in that of the user. */
  place: z.enum(['scratch', 'in_place']),
})

export const BENCH_DOCUMENT = z.strictObject({
  benchmark: z.string(),
  started_at: z.iso.datetime(),
  /** As they were used; null: each run has its own, and tells it. */
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  environment,
  runs: z.array(run),
  /** What went wrong, a sentence each. */
  faults: z.array(z.string()),
  ok: z.boolean(),
})

export type Latency = z.infer<typeof latency>
export type Moment = z.infer<typeof moment>
export type Run = z.infer<typeof run>
export type BenchDocument = z.infer<typeof BENCH_DOCUMENT>
